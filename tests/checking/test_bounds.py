"""Bounds on what a wrong layer may cost: each is there to be met, whatever other bound would hide that it is gone."""

import signal
import time

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.api import mistakes
from derivexplain.checking import differences
from derivexplain.checking.mending import solving

from .reports import findings


class Huge:
    def forward(self, x):
        return 2 * x

    def backward(self, dout):
        return 3000 * dout


class Bent:
    def forward(self, x):
        self.x = x
        return x * np.tanh(x) ** 2

    def backward(self, dout):
        t = np.tanh(self.x)
        return dout * (t**2 + self.x * t * (1 - t**2))


def test_what_is_plainly_wrong_is_not_laid_to_the_rounding_of_forward(monkeypatch):
    monkeypatch.setattr(differences, "jitter", lambda *_: pytest.fail("measured"))
    assert dx.check(Huge).outcome == "factor"


def test_a_formula_that_nobody_would_read_is_not_written(monkeypatch):
    for longest, read in ((mistakes.LONGEST, True), (3, False)):
        monkeypatch.setattr(mistakes, "LONGEST", longest)
        (told,) = findings(dx.check(Bent), "fail", "values")
        assert ("your local derivative" in told.message) is read


@pytest.mark.skipif(not hasattr(signal, "ITIMER_VIRTUAL"), reason="this system has no such clock")
def test_solving_ends(monkeypatch):
    """It goes on far beyond its seconds; what never ended at all could not fail."""
    asked = []

    def endless(*_):
        asked.append(True)
        end = time.process_time() + 5
        while time.process_time() < end:
            sum(range(100))
        pytest.fail("nothing ended it")

    monkeypatch.setattr(solving, "SECONDS", 0.05)
    monkeypatch.setattr(solving, "vague", lambda _: True)
    monkeypatch.setattr(solving, "told", endless)
    assert dx.check(Bent).outcome == "wrong" and asked


def test_a_sign_that_a_hinge_loses_shows(written):
    """With targets of 0 and 1 it did not, and those were taken when it failed with signs."""
    text = """
    def hinge_loss_forward(x, targets):
        return np.mean(np.maximum(0, 1 - targets * x)), (x, targets)
    def hinge_loss_backward(cache):
        x, targets = cache
        return np.where(targets * x < 1, -targets, 0) / x.size
    """
    assert written(text).check().outcome == "correct"
    assert written(text, "targets * x < 1", "x < 1").check().outcome == "wrong"
