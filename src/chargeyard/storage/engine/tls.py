"""How connections to a database server are encrypted: `sslmode` and `sslrootcert` in its address, in the words of libpq."""

import ssl
from collections.abc import Mapping

from chargeyard.errors import SettingsError

Tls = ssl.SSLContext | str | None
"""What a driver takes as `ssl`; None: as it pleases, which is never for asyncmy and if possible for asyncpg."""

_MODES: Mapping[str, tuple[str, ...]] = {
    "asyncpg": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "asyncmy": ("disable", "require", "verify-ca", "verify-full"),
}
"""What each driver can be asked for."""

_VERIFYING = ("verify-ca", "verify-full")


def tls_of(driver: str, options: Mapping[str, str]) -> Tls:
    """What the `options` of an address mean to `driver`. Raises `SettingsError`, which never repeats what it was given."""
    mode, roots = options.get("sslmode"), options.get("sslrootcert")
    if options.keys() - {"sslmode", "sslrootcert"}:
        raise SettingsError(
            "database.url: has an option that is not known here; there are `sslmode` and `sslrootcert`"
        )
    if mode is not None and mode not in _MODES[driver]:
        raise SettingsError(f"database.url: sslmode is one of {', '.join(_MODES[driver])}")
    if roots is not None and mode not in _VERIFYING:
        raise SettingsError("database.url: sslrootcert goes with sslmode=verify-ca or verify-full")
    if mode == "verify-ca" and roots is None:
        # Every public authority of the system has certified strangers.
        raise SettingsError("database.url: sslmode=verify-ca needs sslrootcert")
    if mode in _VERIFYING:
        return _verifying(roots, of_name=mode == "verify-full")
    if driver == "asyncpg":
        return mode
    return _believing() if mode == "require" else None


def _verifying(roots: str | None, *, of_name: bool) -> ssl.SSLContext:
    """Trusts whom the certificates in the file `roots` vouch for, or else whom the system trusts."""
    try:
        context = ssl.create_default_context(cafile=roots)
    except ssl.SSLError:
        raise SettingsError("database.url: sslrootcert: there is no certificate in it") from None
    except OSError as error:
        raise SettingsError(f"database.url: sslrootcert: {error.strerror}") from None
    except ValueError:
        raise SettingsError("database.url: sslrootcert: not the name of a file") from None
    context.check_hostname = of_name
    return context


def _believing() -> ssl.SSLContext:
    """Encrypts, and believes whoever answers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
