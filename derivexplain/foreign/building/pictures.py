"""Pictures: the sizes of images that code has built in, read from the numbers in its text: 28 * 28, 784, 3072."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from math import isqrt

SIDES = range(8, 65)
CHANNELS = (1, 3)
WINDOWS = (3, 5)  # a side loses one less than that before its entries meet the weights
FORMS = ("(N,{s},{s})", "({s},{s})", "(N,{c},{s},{s})", "(N,{s},{s},{c})", "({c},{s},{s})", "({s},{s},{c})")
FLAT = ("(N,{n})", "({n},1)", "({n})", "({n},N)")


def pictures(text: str) -> Iterator[str]:
    """What images may be as an argument, likeliest first."""
    code = re.sub(r"#.*|\"\"\"[^\0]*?\"\"\"", "", text)
    numbers = [int(n) for n in re.findall(r"(?<![\w.])\d+(?![\w.])", code)]
    roots = [s for n in numbers for c in CHANNELS if (s := isqrt(n // c)) ** 2 * c == n]
    pairs = [n for n, m in itertools.pairwise(numbers) if n == m]  # 28 * 28
    sides = [s for s in dict.fromkeys((*roots, *pairs)) if s in SIDES]
    before = [n for s in sides for n in (*(s + w - 1 for w in WINDOWS), *(2 * s + w - 1 for w in (1, *WINDOWS)))]
    for s, c in itertools.product(dict.fromkeys((*sides, *before)), CHANNELS if sides else ()):
        forms = (*FORMS, *FLAT) if s in sides else FORMS
        yield from (f.format(s=s, c=c, n=s * s * c) for f in forms if c == 1 or "{c}" in f or "{n}" in f)
