"""Gradients that are kept where no name tells are known by their numbers; wrong ones are not."""

import pytest

from .reports import findings

DENSE = """
class Store:
    def __init__(self): self.held = {{}}
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b, self.book = np.random.randn(n_in, n_out), np.zeros(n_out), Store()
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        {} = self.x.T @ dout
        {} = dout.sum(axis=0)
        return dout @ self.W.T
"""
PLACES = [("self.zig", "self.zag"), ("self.book.held['zig']", "self.book.held['zag']")]


@pytest.mark.parametrize("places", PLACES)
def test_they_are_read_where_they_stand(written, places):
    report = written(DENSE.format(*places)).check("Dense")
    assert report.outcome == "correct" and report.verdict.status == "proved"
    (told,) = [f.message for f in findings(report, "kept")]
    assert "that for W in " in told and "zig" in told


@pytest.mark.parametrize("wrong", ["2 * self.x.T @ dout", "self.x.T @ dout[::-1]", "np.zeros_like(self.W)"])
def test_other_numbers_are_no_gradient(written, wrong):
    report = written(DENSE.format(*PLACES[0]), "self.x.T @ dout", wrong).check("Dense")
    assert report.outcome == "wrong"
    assert any("no gradient for W" in f.message for f in findings(report, "missing"))
