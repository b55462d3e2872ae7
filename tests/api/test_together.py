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


def test_what_is_wrong_alone_and_right_together_is_told_so(written):
    reports = written(BOTH).checks()
    for name, other in (("SoftMax", "NLL"), ("NLL", "SoftMax")):
        (told,) = findings(reports[name], "fail", "values")
        assert not reports[name].ok and f"right together with {other}" in told.message


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("return dLdZ", "return dLdZ * 2", "NLL"),
        ("return self.Ypred - self.Y", "return -self.Y / self.Ypred", "SoftMax"),
        ("return self.Ypred - self.Y", "return (self.Ypred - self.Y) / self.Y.shape[1]", "NLL"),
        ("return self.Ypred - self.Y", "return self.Y - self.Ypred", "NLL"),
    ],
)
def test_elsewhere_nothing_is_said_of_it(written, old, new, name):
    report = written(BOTH, old, new).check(name)
    assert not report.ok and "right together" not in str(report)
