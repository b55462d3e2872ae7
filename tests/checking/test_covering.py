"""Lines of backward that no input leads to are told; those that one leads to are not."""

from .reports import findings

LAYER = """
class Scaled:
    def __init__(self, scale=0.5, padding="valid"):
        self.scale, self.padding, self.plain = scale, padding, True
    def forward(self, x):
        self.x = x
        if self.padding in ["same", "even"]:
            return 2 * x
        return self.scale * x
    def backward(self, dout):
        if not self.plain:
            dout = dout + 1
            dout = dout - 1
        if self.padding == "same" or self.padding == "even":
            return 2 * dout
        if dout.ndim > 9:
            raise ValueError("too many axes")
        return self.scale * dout
"""


SAME = ["padding = 'same'", "padding = 'even'"]


def test_what_never_ran_is_told_with_its_line(written):
    report = written(LAYER).check("Scaled")
    assert report.outcome == "correct"
    (told,) = findings(report, "unrun")
    assert told.status == "skip" and "2 lines from 12 on" in told.message, told
    assert told.where.endswith("layers.py:12")


BOTH = """
def sigmoid(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))
"""


def test_what_forward_runs_of_a_function_for_both_is_told_of_nowhere(written):
    assert not findings(written(BOTH).check(), "unrun")


def test_a_word_that_the_code_compares_runs_its_line(written):
    report = written(LAYER, "return 2 * dout", "return 3 * dout").check("Scaled")
    assert [f.message.partition(":")[0] for f in findings(report, "fail")] == SAME, report


def test_where_all_lines_ran_nothing_is_told(written):
    report = written(LAYER, "if not self.plain", "if self.plain").check("Scaled")
    assert not findings(report, "unrun")


FLAG = """
class Dense:
    def __init__(self, n_in, n_out, negate=True):
        self.negate, self.W = negate, np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out) if negate else None
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b if self.negate else x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        if self.negate:
            self.db = dout.sum(axis=0)
            return dout @ self.W.T
        return 1.0 * dout @ self.W.T
"""


def test_the_other_way_of_a_choice_is_tried(written):
    assert written(FLAG).check("Dense").outcome == "correct"
    report = written(FLAG, "1.0 * dout", "2.0 * dout").check("Dense")
    assert report.outcome == "hazards"
    assert any(f.message.startswith("negate = False: the gradient for x") for f in report.findings), report
