"""What rendering costs beyond deriving: each format beside the derivation, then the whole catalogue in HTML.

python benchmarks/rendering.py [LAYER ...]          processor time of one core
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

ENGLISH, PLAIN = language("en"), Notation()


def spent(action, times=1):
    """Milliseconds of the processor, the median of so many runs."""
    found = []
    for _ in range(times):
        start = time.process_time()
        action()
        found.append(time.process_time() - start)
    return statistics.median(found) * 1000


def written(made, format):
    return render(made, format, language=ENGLISH, colours=PLAIN.colours)


def beside_the_derivation(names):
    print(f"{'layer':<20}{'derive ms':>10}" + "".join(f"{f:>10}" for f in formats()))
    for name in names:
        letters = list(dx.catalogue[name].claims)
        derived = spent(lambda name=name, letters=letters: [dx.derive(name, wrt) for wrt in letters], 3)
        made = document(Wish(name), ENGLISH, PLAIN)
        row = (spent(lambda f=f, made=made: written(made, f), 5) for f in formats())
        print(f"{name:<20}{derived:>10.1f}" + "".join(f"{ms:>10.1f}" for ms in row))


def whole_catalogue():
    whole, pages = 0.0, {}
    for name in dx.catalogue:
        made = []
        whole += spent(lambda name=name, made=made: made.append(document(Wish(name), ENGLISH, PLAIN)))
        pages[name] = spent(lambda made=made: written(made[0], "html"))
    whole += sum(pages.values())
    slowest = sorted(pages, key=pages.__getitem__)[-3:]
    print(f"\nthe catalogue, {len(pages)} pages of HTML, derived and checked: {whole / 1000:.1f} s")
    print(f"rendering alone: median {statistics.median(pages.values()):.1f} ms, slowest", end=" ")
    print(", ".join(f"{name} {pages[name]:.0f} ms" for name in reversed(slowest)))


if __name__ == "__main__":
    beside_the_derivation(sys.argv[1:] or ["sigmoid", "relu", "affine", "softmax", "batch_norm"])
    if not sys.argv[1:]:
        whole_catalogue()
