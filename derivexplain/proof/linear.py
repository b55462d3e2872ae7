"""Strict linear inequalities: does a > b and b > c leave room for c > a?  (Fourier and Motzkin's elimination)

Monomials count as unknowns of their own, so an answer "no room" is right whatever they stand for.
"""

from __future__ import annotations

from fractions import Fraction

Row = dict[tuple[int, ...], Fraction]  # the sum of coefficient times monomial is > 0; () is the constant

MOST_ROWS = 60


def no_room(rows: list[Row]) -> bool:
    """Certainly no values satisfy all of the inequalities; False where some do or it would take long."""
    rows = [dict(r) for r in rows]
    while True:
        if any(all(not m for m in r) and sum(r.values()) <= 0 for r in rows):
            return True
        unknowns = sorted({m for r in rows for m in r if m})
        if not unknowns or len(rows) > MOST_ROWS:
            return False
        m = min(unknowns, key=lambda u: sum(r.get(u, 0) > 0 for r in rows) * sum(r.get(u, 0) < 0 for r in rows))
        above = [r for r in rows if r.get(m, 0) > 0]
        below = [r for r in rows if r.get(m, 0) < 0]
        rows = [r for r in rows if not r.get(m, 0)] + [combined(a, b, m) for a in above for b in below]


def combined(a: Row, b: Row, m: tuple[int, ...]) -> Row:
    """The sum of two rows, scaled so that the unknown m cancels."""
    s, t = -b[m], a[m]
    out: Row = {}
    for row, scale in ((a, s), (b, t)):
        for monomial, c in row.items():
            out[monomial] = out.get(monomial, Fraction(0)) + c * scale
    out = {k: c for k, c in out.items() if c or not k}
    return out or {(): Fraction(0)}
