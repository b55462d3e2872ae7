"""Memory that a constructor leaves as it was: numbers are put into it before it is worked on."""

import derivexplain as dx

UNSET = """import numpy as np
class Held:
    def __init__(self, shape):
        self.value = np.ndarray(shape, np.float64)
        self.slope = np.empty(shape)
class Dense:
    def __init__(self, n_in, n_out):
        self.w = Held((n_in, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.w.value
    def backward(self, dy):
        self.w.slope += self.x.T @ dy
        return dy @ self.w.value.T
"""


def checked(tmp_path, text):
    (tmp_path / "layer.py").write_text(text)
    return dx.check(f"{tmp_path}/layer.py:Dense")


def test_memory_that_a_constructor_leaves_unset_holds_numbers_and_no_gradient(tmp_path):
    assert checked(tmp_path, UNSET).outcome == "correct"
    assert checked(tmp_path, UNSET.replace("dy @ self.w.value.T", "2 * dy @ self.w.value.T")).outcome == "factor"
    text = (
        UNSET.replace("float64", "float32")
        .replace("np.empty(shape)", "np.empty(shape, np.float32)")
        .replace("value", "data")
    )
    report = checked(tmp_path, text.replace("slope", "grad"))
    assert not [f for f in report.findings if "wrong" in f.message], report  # no steps are lost in single precision
