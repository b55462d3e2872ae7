"""Functions beside a layer: each is a tree of its own with the file's lines, and a long file is read once."""

import ast

import pytest

from derivexplain.checking import running

FILE = '''import numpy as np

class Helper:
    @staticmethod
    def scale(x):
        """
Two lines, the second of which is not indented.
"""
        return 2 * x

def shift(x):
    return x + 1
'''


def test_a_function_beside_a_layer_is_read_with_its_own_lines_and_the_file_once(written):
    path = written(FILE).path
    missed = running.spans.cache_info().misses
    found = {n: running.helper(str(path), n, line) for n, line in (("scale", 4), ("shift", 11), ("lost", 1))}
    assert running.spans.cache_info().misses == missed + 1
    whole = {n.name: n for n in ast.walk(ast.parse(FILE)) if isinstance(n, ast.FunctionDef)}
    for name in ("scale", "shift"):
        assert ast.dump(found[name]) == ast.dump(whole[name])
        assert [s.lineno for s in found[name].body] == [s.lineno for s in whole[name].body]
    assert found["lost"] is None
    assert running.helper(str(path), "shift", 11) is not found["shift"]


STACKED = """
class Layer:
    def __init__(self, n, m):
        self.W, self.U = np.random.randn(n, m), np.random.randn(m, m)
    def forward(self, x):
        h, self.stack = np.zeros((x.shape[1], len(self.U))), []
        for x_t in x:
            new = np.tanh(x_t @ self.W + h @ self.U)
            self.stack.append((x_t, h, new))
            h = new
        return h
    def backward(self, dh):
        self.dW, self.dU, dx = np.zeros_like(self.W), np.zeros_like(self.U), []
        while self.stack:
            x_t, before, h = self.stack.pop()
            dz = dh * (1 - h * h)
            self.dW += x_t.T @ dz
            self.dU += before.T @ dz
            dx.append(dz @ self.W.T)
            dh = dz @ self.U.T
        return np.stack(dx[::-1])
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("before.T @ dz", "h.T @ dz", "`h` should read `before`"),
        ("stack.pop()", "stack.pop(0)", "`0` should read `-1`"),
        ("dh = dz @", "dh = dh @", "`dh` should read `dz`"),
    ],
)
def test_loops_that_may_not_end_are_edited_too(right, wrong, said, written):
    report = written(STACKED, right, wrong).check()
    assert report.outcome == "wrong"
    assert any(said in d.message for f in report.findings for d in f.diagnosis)
