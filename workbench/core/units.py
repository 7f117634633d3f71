"""Numbers as text, always with their unit, the same on screen and on paper."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
NATS_PER_BIT = math.log(2.0)


def nats_to_bits(nats: float) -> float:
    """`nats` in bits.

    Examples
    --------
    >>> nats_to_bits(math.log(8))
    3.0
    """
    return nats / NATS_PER_BIT


def number(value: float, digits: int = 3) -> str:
    """`value` to `digits` significant digits, with a true minus sign; "missing" for NaN.

    Examples
    --------
    >>> number(-91.4449), number(2004), number(float("nan"))
    ('−91.4', '2,004', 'missing')
    """
    if math.isnan(value):
        return "missing"
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else f"{MINUS}\N{INFINITY}"
    is_whole = value == int(value) or abs(value) >= 10**digits - 0.5
    text = f"{value + 0.0:,.0f}" if is_whole and abs(value) < 10**9 else f"{value:.{digits}g}"
    return text.replace("-", MINUS)


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """`value` with its `unit`.

    Examples
    --------
    >>> quantity(-91.4449, "nats")
    '−91.4 nats'
    """
    return f"{number(value, digits)} {unit}"


def counted(n: int, noun: str) -> str:
    """`n` with its noun, in the plural where there is not exactly one.

    Examples
    --------
    >>> counted(1, "method"), counted(2004, "problem")
    ('1 method', '2,004 problems')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
