"""Variants made by hand: right ones pass, wrong ones fail and are named (every nineteenth in the usual run)."""

import os
from collections import Counter

from . import variants

EVERY = 1 if os.environ.get("DERIVEXPLAIN_TESTS") == "all" else 19


def test_variants_are_judged_and_named(written):
    found: Counter[str] = Counter()
    for k, variant in enumerate(variants.variants()):
        if k % EVERY == 0 or (variant.mark == "~" and k % 5 == 0):
            verdict = variants.judged(variant, written(variant.source).check())
            assert verdict not in ("alarm", "missed"), f"{verdict}: {variant.label}"
            found[verdict] += 1
    assert found["right"] >= 0.9 * found.total()
