"""What rendering costs beyond deriving: each format against the derivation of the same layer.

python benchmarks/rendering.py [LAYER ...]
"""

from __future__ import annotations

import statistics
import sys
import time

import derivexplain as dx
from derivexplain.api.handouts import Wish, document
from derivexplain.language import language
from derivexplain.rendering import formats, render
from derivexplain.typeset import Notation


def median(action, times=7):
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000


def main(names):
    english, colours = language("en"), Notation().colours
    print(f"{'layer':<20}{'derive ms':>10}" + "".join(f"{f:>10}" for f in formats()))
    for name in names:
        letters = list(dx.catalogue[name].claims)
        derived = median(lambda name=name, letters=letters: [dx.derive(name, wrt) for wrt in letters], 3)
        made = document(Wish(name), english, Notation())
        spent = (median(lambda f=f, made=made: render(made, f, language=english, colours=colours)) for f in formats())
        print(f"{name:<20}{derived:>10.1f}" + "".join(f"{ms:>10.1f}" for ms in spent))


if __name__ == "__main__":
    main(sys.argv[1:] or ["sigmoid", "relu", "affine", "softmax"])
