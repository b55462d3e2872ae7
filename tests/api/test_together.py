"""A softmax that hands gradients on as they are, beside a cost whose gradient is that for its scores."""

import pytest

from ..checking.reports import findings

BOTH = """
class SoftMax:
    def forward(self, Z):
        return np.exp(Z) / np.sum(np.exp(Z), axis=0)
    def backward(self, dLdZ):
        return dLdZ
class NLL:
    def forward(self, Ypred, Y):
        self.Ypred, self.Y = Ypred, Y
        return float(np.sum(-Y * np.log(Ypred)))
    def backward(self):
        return self.Ypred - self.Y
"""


def test_what_is_right_together_is_a_hazard(written):
    reports = written(BOTH).checks()
    assert {r.outcome for r in reports.values()} == {"hazards"}
    for name, other in (("SoftMax", "NLL"), ("NLL", "SoftMax")):
        (told,) = findings(reports[name], "warn", "values")
        assert f"right together with {other}" in told.message and reports[name].verdict.status == "undecided"


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("return dLdZ", "return dLdZ * 2", "NLL"),
        ("return self.Ypred - self.Y", "return -self.Y / self.Ypred", "SoftMax"),
        ("return self.Ypred - self.Y", "return (self.Ypred - self.Y) / self.Y.shape[1]", "NLL"),
        ("return self.Ypred - self.Y", "return self.Y - self.Ypred", "NLL"),
    ],
)
def test_alone_it_is_wrong(written, old, new, name):
    assert written(BOTH, old, new).check(name).outcome in ("wrong", "factor")
