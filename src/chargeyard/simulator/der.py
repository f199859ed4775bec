"""The little of ASN.1 DER (X.690) that certificates need: tag, length, value."""

from __future__ import annotations


class Malformed(ValueError):
    """The bytes are not what they should be."""


def tlv(tag: int, content: bytes) -> bytes:
    """One element."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def children(content: bytes) -> list[tuple[int, bytes]]:
    """(tag, content) of the elements in ``content``. Raises `Malformed` when they do not fill it exactly."""
    found, rest = [], content
    while rest:
        tag, start, end = _extent(rest)
        found.append((tag, rest[start:end]))
        rest = rest[end:]
    if not found:
        raise Malformed("nothing in it")
    return found


def _extent(data: bytes) -> tuple[int, int, int]:
    if len(data) < 2:
        raise Malformed("cut off")
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start])
    if start > 6 or start + size > len(data):
        raise Malformed("cut off")
    return data[0], start, start + size
