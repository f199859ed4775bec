"""Headers that every page carries: nothing from elsewhere is loaded, run or framed."""

from collections.abc import Mapping

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Tabler's style sheet draws its arrows with data: pictures
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_local(address: str) -> bool:
    """Whether a browser that is sent to `address` stays here.

    Only a path: `//host` and `/\\host` lead elsewhere, and browsers drop tabs and line breaks before reading.
    """
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    return plain and "\\" not in address and all(" " < letter != "\x7f" for letter in address)
