"""The build hook, short of the network: what counts as current, what is collected, what it says in trouble."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import hatch_build

DRAWING = '<svg\n  viewBox="0 0 24 24"\n  class="icon"\n>\n  <path d="M0 0h24" />\n</svg>\n'


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A node_modules with a file for everything that the hook collects."""
    folder = tmp_path / "node_modules"
    icons = {f"@tabler/icons/icons/outline/{name}.svg": DRAWING for name in hatch_build.ICONS}
    for name, text in {**dict.fromkeys(hatch_build.FILES.values(), "x"), **icons}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def stamped(vendor: Path, modules: Path) -> Path:
    hatch_build.collect(modules, vendor)
    (vendor / hatch_build.STAMP).write_text("a1", encoding="ascii")
    return vendor


def test_collected_files_are_current_under_their_stamp_only(tmp_path: Path, modules: Path) -> None:
    vendor = stamped(tmp_path / "vendor", modules)
    assert hatch_build.is_current(vendor, "a1")
    assert not hatch_build.is_current(vendor, "b2")


@pytest.mark.parametrize("name", ["htmx/htmx.min.js", hatch_build.SPRITE, hatch_build.STAMP])
def test_a_file_gone_makes_them_stale(tmp_path: Path, modules: Path, name: str) -> None:
    vendor = stamped(tmp_path / "vendor", modules)
    (vendor / name).unlink()
    assert not hatch_build.is_current(vendor, "a1")


def test_the_sprite_has_one_symbol_for_each_icon(tmp_path: Path, modules: Path) -> None:
    hatch_build.collect(modules, tmp_path / "vendor")
    document = ET.fromstring((tmp_path / "vendor" / hatch_build.SPRITE).read_text(encoding="utf-8"))
    symbols = document.findall("{http://www.w3.org/2000/svg}symbol")
    assert [symbol.get("id") for symbol in symbols] == list(hatch_build.ICONS)
    assert all(len(symbol) == 1 for symbol in symbols)


def test_every_library_comes_with_its_licence() -> None:
    libraries = {name.partition("/")[0] for name in (*hatch_build.FILES, hatch_build.SPRITE)}
    assert [library for library in libraries if f"{library}/LICENSE" not in hatch_build.FILES] == []


def test_a_file_that_npm_did_not_deliver_is_named(tmp_path: Path, modules: Path) -> None:
    (modules / "htmx.org/dist/htmx.min.js").unlink()
    with pytest.raises(hatch_build.AssetError, match=r"htmx\.org/dist/htmx\.min\.js"):
        hatch_build.collect(modules, tmp_path / "vendor")


def test_an_icon_that_does_not_exist_is_named(tmp_path: Path, modules: Path) -> None:
    (modules / "@tabler/icons/icons/outline/plug.svg").unlink()
    with pytest.raises(hatch_build.AssetError, match="'plug'"):
        hatch_build.collect(modules, tmp_path / "vendor")


def test_an_unreachable_registry_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(
        hatch_build.AssetError, match=r"(?s)could not be installed from npm.*ECONNREFUSED.*same command"
    ):
        hatch_build.install(Path(hatch_build.__file__).parent, tmp_path)


def test_npm_reads_the_settings_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "npmrc"
    settings.touch()
    monkeypatch.setattr(hatch_build, "MACHINE_NPMRC", (str(tmp_path / "absent"), str(settings)))
    assert hatch_build.npm_environment({"HOME": "/h"}) == {
        "HOME": "/h",
        "NODE_USE_SYSTEM_CA": "1",
        "npm_config_globalconfig": str(settings),
    }


def test_what_the_caller_set_for_npm_stands() -> None:
    caller = {"NPM_CONFIG_GLOBALCONFIG": "/elsewhere", "NODE_USE_SYSTEM_CA": "0"}
    assert hatch_build.npm_environment(caller) == caller


def test_new_files_take_the_place_of_the_old(tmp_path: Path) -> None:
    vendor, fresh = tmp_path / "vendor", tmp_path / "fresh"
    vendor.mkdir()
    (vendor / "old.js").touch()
    fresh.mkdir()
    (fresh / "new.js").touch()
    hatch_build.replace(vendor, fresh)
    assert [path.name for path in tmp_path.iterdir()] == ["vendor"]
    assert [path.name for path in vendor.iterdir()] == ["new.js"]
