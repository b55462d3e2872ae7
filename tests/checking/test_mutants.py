"""Mechanical one-edit mutants: what is wrong fails, what is equal does not (some here, all in benchmarks)."""

from pathlib import Path

import derivexplain as dx

from . import mutants
from .reports import codes, findings

HABITS = str(Path(__file__).parent.parent / "material" / "habits.py")
WARNED_ONLY = {"loss-ignores-dout"}  # a loss that ignores dout is a hazard, not an error


def test_one_edit_is_seen():
    wrong = equal = 0
    for k, (name, thing, edit, text, is_wrong) in enumerate(mutants.all_mutants(HABITS)):
        if k % 120 != 5:
            continue
        bad = is_wrong()
        report = dx.check(thing)
        failed = [f.message for f in findings(report, "fail")]
        warned = codes(report, "warn")
        if bad:
            wrong += 1
            assert failed or warned & WARNED_ONLY, f"{name}, {edit}: missed\n{text}"
        else:
            equal += 1
            assert not failed, f"{name}, {edit}: false alarm {failed}\n{text}"
    assert wrong > 4
