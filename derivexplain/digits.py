"""Digits: how a number is shown. A nonzero never shows as 0, whole numbers show without a point."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

STYLES = ("short", "float", "exact")


def shown(value: Any, style: str = "short", digits: int = 4) -> str:
    """A number as text: "short" to so many digits, "float" as Python prints it, "exact" as a fraction.

    An array shows its shape; of "exact" only what a fraction of small numbers can say is a fraction.
    """
    import numpy as np  # a report in a terminal shows none of its numbers

    if np.ndim(value):
        return shape(np.shape(value))
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if isinstance(value, int):
        return _minus(str(value)) if abs(value) < 10**9 or style != "short" else _short(float(value), digits)
    if style == "float":
        return _minus(repr(float(value)))
    if style == "exact":
        fraction = Fraction(value).limit_denominator(1000)
        if abs(float(fraction) - value) <= 4e-16 * abs(value):
            return _minus(str(fraction))
        return _minus(repr(float(value)))
    return _short(float(value), digits)


def decimal(over: int, under: int) -> str:
    """A fraction that was a long decimal, as one: 0.044715 is no 8943/200000. Nothing where a fraction is shorter."""
    if under < 1000 or not (places := next((k for k in range(3, 20) if 10**k % under == 0), 0)):
        return ""
    digits = str(over * 10**places // under).zfill(places + 1)
    text = f"{digits[:-places]}.{digits[-places:]}"
    return text if len(text) < len(f"{over}{under}") else ""


def bound(difference: float, least: int = -9) -> float:
    """The power of ten above a difference, and no finer than a machine's rounding lets it be repeated elsewhere."""
    return float(f"1e{next(k for k in range(least, 309) if difference < float(f'1e{k}'))}")


def exponent(power: float) -> int:
    """The k of 10^k."""
    return int(f"{power:e}".partition("e")[2])


def shape(lengths: tuple[Any, ...]) -> str:
    """A shape as NumPy writes it: (3,), (2, 3)."""
    return f"({lengths[0]},)" if len(lengths) == 1 else "(" + ", ".join(map(str, lengths)) + ")"


def _short(value: float, digits: int) -> str:
    text = f"{value or 0.0:.{digits}g}"  # a zero has no sign
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        text = f"{mantissa}e{int(exponent)}"
    return _minus(text)


def _minus(text: str) -> str:
    return text.replace("-", "−")
