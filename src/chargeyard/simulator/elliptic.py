"""Multiplication on the curve P-256 (FIPS 186), slow and not constant in time: for a simulation only."""

from __future__ import annotations

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

Point = tuple[int, int]


def add(left: Point | None, right: Point | None) -> Point | None:
    """The sum of two points; None is the point at infinity."""
    if left is None or right is None:
        return left or right
    if left[0] == right[0] and (left[1] + right[1]) % P == 0:
        return None
    if left == right:
        # The curve is y² = x³ − 3x + b.
        slope = (3 * left[0] * left[0] - 3) * pow(2 * left[1], -1, P) % P
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P) % P
    x = (slope * slope - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def multiply(factor: int, point: Point) -> Point:
    """``factor`` times ``point``; raises ValueError for a multiple of the order."""
    total: Point | None = None
    doubled: Point | None = point
    while factor:
        if factor & 1:
            total = add(total, doubled)
        doubled = add(doubled, doubled)
        factor >>= 1
    if total is None:
        raise ValueError("the factor is a multiple of the order")
    return total
