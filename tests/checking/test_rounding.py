"""What backward keeps in single precision costs a few digits: a hazard, and no more than that."""

import pytest

from .reports import findings

KEPT = """
class Gap:
    def forward(self, x, t):
        self.gap = np.zeros(x.shape, dtype={})
        self.gap[...] = x - t
        return np.sum((x - t) ** 2) / 2
    def backward(self, dout=1):
        return {} * dout * self.gap
"""


@pytest.mark.parametrize(
    ("kind", "factor", "outcome"),
    [
        ("float", "1", "correct"),
        ("np.float32", "1", "hazards"),
        ("'f4'", "1", "hazards"),
        ("np.float32", "1.0001", "factor"),
        ("float", "1.0000003", "wrong"),
    ],
)
def test_single_precision(written, kind, factor, outcome):
    report = written(KEPT.format(kind, factor)).check("Gap")
    assert report.outcome == outcome, report
    assert bool(findings(report, "rounded-constants")) == (outcome == "hazards")
