"""Operations that a framework calls in a way of its own: Chainer's tuples, Caffe's blobs."""

import pytest

from ..reports import findings

CHAINED = """import numpy
from chainer import function, utils
class Bend(function.Function):
    def forward_cpu(self, x):
        self.y = utils.force_array(numpy.tanh(x[0]))
        return self.y,
    def backward_cpu(self, x, gy):
        return utils.force_array(gy[0] * (1 - self.y ** 2)),
"""
SEVERAL = """from chainer.function import Function
class Dense(Function):
    def forward(self, inputs):
        x, W = inputs[:2]
        y = x.dot(W.T)
        if len(inputs) == 3:
            b = inputs[2]
            y += b
        return y,
    def backward(self, inputs, grad_outputs):
        x, W = inputs[:2]
        gy, = grad_outputs
        return gy.dot(W), gy.T.dot(x), gy.sum(axis=0)
"""
BLOBS = """import caffe
import numpy as np
class Gap(caffe.Layer):
    def setup(self, bottom, top):
        if len(bottom) != 2:
            raise Exception("two inputs")
    def reshape(self, bottom, top):
        self.gap = np.zeros_like(bottom[0].data, dtype=np.float32)
        top[0].reshape(1)
    def forward(self, bottom, top):
        self.gap[...] = bottom[0].data - bottom[1].data
        top[0].data[...] = np.sum(self.gap ** 2) / bottom[0].num / 2
    def backward(self, top, propagate_down, bottom):
        for i, sign in enumerate((1, -1)):
            if propagate_down[i]:
                bottom[i].diff[...] = sign * self.gap * top[0].diff / bottom[i].num
"""
LABELLED = """import caffe
import numpy as np
class Scores(caffe.Layer):
    def reshape(self, bottom, top):
        top[0].reshape(1)
    def forward(self, bottom, top):
        scores = bottom[0].data
        labels = bottom[1].data.astype(int)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        top[0].data[...] = -np.log(self.p[np.arange(len(labels)), labels]).sum()
    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            raise ValueError("no gradient for labels")
        labels = bottom[1].data.astype(int)
        bottom[0].diff[...] = self.p
        bottom[0].diff[np.arange(len(labels)), labels] -= 1
        bottom[0].diff[...] *= top[0].diff[0]
"""
EACH = {
    "one": (CHAINED, "self.y ** 2", "self.y"),
    "several": (SEVERAL, "gy.T.dot(x)", "gy.T.dot(2 * x)"),
    "blobs": (BLOBS, "(1, -1)", "(1, 1)"),
    "labels": (LABELLED, "-= 1", "-= 2"),
}


@pytest.mark.parametrize("form", EACH)
def test_right_ones_are_proved_and_wrong_ones_found(written, form):
    text, *edit = EACH[form]
    report = written(text).check()
    assert report.outcome in ("correct", "hazards") and report.verdict.status == "proved", report
    report = written(text, *edit).check()
    assert report.outcome in ("wrong", "factor"), report
    assert any(f.where for f in findings(report, "fail")), report


REGISTERED = {
    "by makers": """import autograd.numpy as np
from autograd.extend import primitive, defvjp
@primitive
def scaled(a, b):
    return a * np.tanh(b)
defvjp(scaled, lambda ans, a, b: lambda g: g * np.tanh(b), lambda ans, a, b: lambda g: g * a * (1 - np.tanh(b) ** 2))
""",
    "at places": """import autograd.numpy as np
from autograd.extend import primitive, defvjp
@primitive
def scaled(a, b):
    return a * np.tanh(b)
def to_b(ans, a, b):
    return lambda g: g * a * (1 - np.tanh(b) ** 2)
def to_a(ans, a, b):
    return lambda g: g * np.tanh(b)
defvjp(scaled, to_b, to_a, argnums=[1, 0])
""",
    "by halves": """import jax
import jax.numpy as jnp
from functools import partial
@partial(jax.custom_vjp)
def scaled(a, b):
    return a * jnp.tanh(b)
def there(a, b):
    return scaled(a, b), (a, jnp.tanh(b))
def home(kept, g):
    a, t = kept
    return g * t, g * a * (1 - t ** 2)
scaled.defvjp(there, home)
""",
}


@pytest.mark.parametrize("way", REGISTERED)
def test_what_is_registered_is_a_functions_backward(written, way):
    report = written(REGISTERED[way]).check("scaled")
    assert report.outcome == "correct" and report.verdict.status == "proved", report
    report = written(REGISTERED[way], "(1 - ", "(2 - ").check("scaled")
    assert report.outcome == "wrong" and "gradient for b" in str(report.findings), report
