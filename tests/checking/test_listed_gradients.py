"""Gradients in a list of no names, and offsets that may be a row: what a check makes of them, right and wrong."""

import pytest

MAP = """
class Linear:
    def __init__(self, kernel, bias):
        self.kernel, self.bias = kernel, bias
    def forward(self, x):
        self.x = x
        return x @ self.kernel + self.bias
    def backward(self, g):
        gx = g @ self.kernel.T
        gk, gb = self.x.T @ g, g.sum(axis=0)
        self.grads = [gk, gb]
        return gx
"""
ROW = ("g.sum(axis=0)", "g.sum(axis=0, keepdims=True)")


def test_an_offset_whose_gradient_is_a_row_is_a_row(written):
    """With bias (M,) its gradient would have an axis too many; with (1, M) nothing is wrong."""
    named = ("self.grads = [gk, gb]", "self.dkernel, self.dbias = gk, gb")
    assert written(MAP, *ROW, *named).check().outcome == "correct"


def test_a_row_in_a_list_is_the_gradient_that_it_is(written):
    """It was told that there was none for the bias."""
    assert written(MAP, *ROW).check().outcome == "hazards"


@pytest.mark.parametrize("old, new", [("self.x.T @", "self.x @"), ("self.kernel.T", "self.kernel")])
def test_where_backward_stops_the_list_is_looked_at_as_it_would_be(written, old, new):
    report = written(MAP, old, new).check()
    assert report.outcome == "crashes"
    assert "then the gradients for x, kernel, bias are right" in str(report)
