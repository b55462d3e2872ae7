"""The backward of a framework's own arrays: through the whole graph, every node once, and late enough."""

import pytest

from ..reports import reasons

NUMBERS = """
class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self._prev = data, 0.0, set(children)
        self._backward = lambda: None
    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def backward(self):
        topo, visited = [], set()
        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()
"""
RECURSIVE = """
class Tensor:
    def __init__(self, data, requires_grad=True, parents=()):
        self.data, self.grad, self.parents = np.array(data, dtype=float), None, parents
    def backward(self, grad=None):
        grad = np.ones_like(self.data) if grad is None else grad
        self.grad = grad if self.grad is None else self.grad + grad
        for tensor, grad_fn in self.parents:
            tensor.backward(grad_fn(grad))
    def __add__(self, other):
        return Tensor(self.data + other.data, parents=((self, lambda g: g), (other, lambda g: g)))
    def __mul__(self, other):
        out = Tensor(self.data * other.data)
        out.parents = ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        return out
"""
FORMS = {"numbers": NUMBERS, "recursive": RECURSIVE}
SLIPS = {
    "order": (NUMBERS, ("in reversed(topo)", "in topo"), "`topo` should read `reversed(topo)`"),
    "met twice": (NUMBERS, ("if v not in visited", "if True"), ""),
    "begun from another": (NUMBERS, ("self.grad = 1.0", "self.grad = self.data"), ""),
    "set, not added to": (RECURSIVE, ("grad if self.grad is None else self.grad + grad", "grad"), ""),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_graph_is_gone_through(form, written):
    rows = written(FORMS[form]).checks()
    assert any(name.endswith(".backward") for name in rows)
    assert all(r.outcome == "correct" for r in rows.values())


@pytest.mark.parametrize("slip", SLIPS)
def test_a_graph_that_is_gone_through_wrongly(slip, written):
    text, edit, said = SLIPS[slip]
    report = written(text, *edit).check("Value.backward" if text is NUMBERS else "Tensor.backward")
    assert report.outcome in ("wrong", "factor")
    assert said in " ".join(d.message for d in reasons(report))
    assert "local derivative" not in str(report)  # an order has no formula


def test_a_wrong_product_is_told_of_once(written):
    file = written(NUMBERS, "other.data * out.grad", "self.data * out.grad")
    assert "Value.backward" not in file.layers
