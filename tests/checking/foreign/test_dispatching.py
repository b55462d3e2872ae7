"""Engines whose tensor knows all operations, and those whose private functions note how gradients go back."""

import pytest

from ..reports import reasons

BY_NAME = """
class Tensor:
    def __init__(self, data, autograd=False, creators=None, creation_op=None):
        self.data, self.autograd, self.grad = np.array(data), autograd, None
        self.creators, self.creation_op = creators, creation_op
    def backward(self, grad=None):
        grad = Tensor(np.ones_like(self.data)) if grad is None else grad
        self.grad = grad if self.grad is None else Tensor(self.grad.data + grad.data)
        if self.creation_op == "mul":
            self.creators[0].backward(Tensor(grad.data * self.creators[1].data))
            self.creators[1].backward(Tensor(grad.data * self.creators[0].data))
        if self.creation_op == "mm":
            self.creators[0].backward(Tensor(grad.data @ self.creators[1].data.T))
            self.creators[1].backward(Tensor(self.creators[0].data.T @ grad.data))
        if self.creation_op == "tanh":
            self.creators[0].backward(Tensor(grad.data * (1 - self.data * self.data)))
    def __mul__(self, other):
        return Tensor(self.data * other.data, autograd=True, creators=[self, other], creation_op="mul")
    def mm(self, x):
        return Tensor(self.data @ x.data, autograd=True, creators=[self, x], creation_op="mm")
    def tanh(self):
        return Tensor(np.tanh(self.data), autograd=True, creators=[self], creation_op="tanh")
    def __repr__(self):
        return str(self.data)
"""
PRIVATE = """
class Tensor:
    def __init__(self, data, requires_grad: bool = False, depends_on=None):
        self.data, self.requires_grad, self.depends_on = np.asarray(data), requires_grad, depends_on or []
        self.grad = None if not requires_grad else Tensor(np.zeros_like(self.data, dtype=float))
    def __matmul__(self, other):
        return _matmul(self, other)
    def __neg__(self):
        return _neg(self)
    def backward(self, grad=None):
        self.grad.data[...] = self.grad.data + grad.data
        for tensor, grad_fn in self.depends_on:
            tensor.backward(Tensor(grad_fn(grad.data)))
def _neg(t: Tensor) -> Tensor:
    return Tensor(-t.data, t.requires_grad, [(t, lambda grad: -grad)])
def _matmul(t1: Tensor, t2: Tensor) -> Tensor:
    def grad_fn1(grad):
        return grad @ t2.data.T
    def grad_fn2(grad):
        return t1.data.T @ grad
    return Tensor(t1.data @ t2.data, True, [(t1, grad_fn1), (t2, grad_fn2)])
def _compute_vjp(node: Tensor, grad: Tensor):
    return [grad_fn(grad) for grad_fn in (lambda g: g, lambda g: -g)]
def _applied(f, df, t):
    return Tensor(f(t.data), True, [(t, lambda grad: grad * df(t.data))])
"""


@pytest.mark.parametrize(
    ("text", "known"),
    [(BY_NAME, ["Tensor.__mul__", "Tensor.mm", "Tensor.tanh"]), (PRIVATE, ["_neg", "_matmul"])],
    ids=["by name", "private"],
)
def test_every_operation_is_found_and_proved(written, text, known):
    reports = written(text).checks()
    assert list(reports) == known
    for report in reports.values():
        assert report.ok and report.verdict.status == "proved", str(report)


@pytest.mark.parametrize(
    ("text", "old", "new", "name"),
    [
        (BY_NAME, "1 - self.data * self.data", "1 - self.data", "Tensor.tanh"),
        (BY_NAME, "self.creators[0].data.T @ grad.data", "self.creators[0].data.T @ grad.data * 2", "Tensor.mm"),
        (PRIVATE, "lambda grad: -grad", "lambda grad: grad", "_neg"),
    ],
)
def test_a_slip_in_one_of_them_fails_that_one(written, text, old, new, name):
    reports = written(text, old, new).checks()
    assert [n for n, r in reports.items() if not r.ok] == [name]
    assert reasons(reports[name], "fail")
