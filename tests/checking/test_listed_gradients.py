"""Gradients in a list of no names: what a check makes of them, right and wrong."""

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


def test_a_row_in_a_list_is_the_gradient_that_it_is(written):
    """It was told that there was none for the bias."""
    assert written(MAP, *ROW).check().outcome == "hazards"


@pytest.mark.parametrize("old, new", [("self.x.T @", "self.x @"), ("self.kernel.T", "self.kernel")])
def test_where_backward_stops_the_list_is_looked_at_as_it_would_be(written, old, new):
    report = written(MAP, old, new).check()
    assert report.outcome == "crashes"
    assert "then the gradients for x, kernel, bias are right" in str(report)
