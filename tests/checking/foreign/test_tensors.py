"""Operations on tensors of a framework's own: what notes within itself how gradients run back is a layer."""

import pytest

from ..reports import findings, reasons

CLOSURES = """
class Tensor:
    def __init__(self, data, parents=()):
        self.data = np.asarray(data)
        self.grad = np.zeros_like(self.data)
        self._backward = lambda: None
        self._prev = set(parents)
    def __mul__(self, other):
        out = Tensor(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def __pow__(self, power):
        assert isinstance(power, (int, float))
        out = Tensor(self.data**power, (self,))
        def _backward():
            self.grad += power * self.data ** (power - 1) * out.grad
        out._backward = _backward
        return out
    def square(self):
        return self * self
    def cube(self):
        out = self * self * self
        noted = out._backward
        out._backward = lambda: noted() if out.grad is not None else None
        return out
    def tanh(self):
        t = np.tanh(self.data)
        out = Tensor(t, (self,))
        def _backward():
            self.grad += (1 - t) * out.grad
        out._backward = _backward
        return out
    def sin(self):
        out = Tensor(np.sin(self.data), (self,))
        def _backward():
            self.grad += np.cos(self.data) * out.grad
        out._bacward = _backward
        return out
    def backward(self):
        self.grad = np.ones_like(self.data)
        self._backward()
"""

DEPENDENCIES = """
from typing import Callable, NamedTuple
import numpy as np
class Dependency(NamedTuple):
    tensor: "Tensor"
    grad_fn: Callable
class Tensor:
    def __init__(self, data, requires_grad=False, depends_on=None):
        self.data, self.requires_grad = data, requires_grad
        self.depends_on = depends_on or []
        self.grad = None
        if requires_grad:
            self.grad = Tensor(np.zeros_like(data))
    def backward(self, grad):
        assert self.requires_grad
        self.grad.data = self.grad.data + grad.data
        for dependency in self.depends_on:
            dependency.tensor.backward(Tensor(dependency.grad_fn(grad.data)))
def matmul(t1, t2):
    depends_on = []
    if t1.requires_grad:
        def grad_fn1(grad):
            return grad @ t2.data.T
        depends_on.append(Dependency(t1, grad_fn1))
    if t2.requires_grad:
        def grad_fn2(grad):
            return t1.data.T @ grad
        depends_on.append(Dependency(t2, grad_fn2))
    return Tensor(t1.data @ t2.data, t1.requires_grad or t2.requires_grad, depends_on)
"""

CONTEXTS = """
class Tensor:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)
        self.grad = None
class Function:
    @classmethod
    def apply(cls, *inputs):
        return cls.forward(Context(), *inputs)
class Mul(Function):
    @staticmethod
    def forward(ctx, a, b):
        assert isinstance(a, Tensor) and isinstance(b, Tensor)
        ctx.save_for_backward(a, b)
        return Tensor(a.data * b.data)
    @staticmethod
    def backward(ctx, grad_output):
        a, b = ctx.saved_tensors
        return Tensor(grad_output.data * b.data), Tensor(grad_output.data * a.data)
class Log(Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return Tensor(np.log(a.data))
    @staticmethod
    def backward(ctx, grad_output):
        (a,) = ctx.saved_tensors
        return Tensor(grad_output.data * a.data)
"""


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        (CLOSURES, {"__mul__": "correct", "__pow__": "correct", "cube": "correct", "tanh": "wrong", "sin": "wrong"}),
        (DEPENDENCIES, {"matmul": "correct"}),
        (CONTEXTS, {"Mul": "correct", "Log": "wrong"}),
    ],
)  # fmt: skip
def test_tensors_of_a_framework_s_own(written, text, outcomes):
    """Every operation that notes how gradients run back is a layer; what only puts others together is none."""
    reports = written(text).checks()
    assert {n.rpartition(".")[2]: r.outcome for n, r in reports.items()} == outcomes, reports


def test_the_slip_within_a_closure_is_named(written):
    report = written(CLOSURES).check("Tensor.tanh")
    (wrong, *_) = findings(report, "values")
    assert "1 - y²" in wrong.message + str(wrong.diagnosis)
    line = 1 + next(k for k, row in enumerate(CLOSURES.split("\n")) if "(1 - t)" in row)
    assert wrong.where.endswith(f":{line}"), wrong


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        (
            "Tensor.__pow__",
            "self.data ** (power - 1) * out.grad",
            "self.data ** (power - 1) * out.data",
            "dout-ignored",
        ),
        ("Tensor.__mul__", "other.data * out.grad", "other.grad * out.grad", "argument"),
    ],
)
def test_a_node_s_value_for_its_gradient_is_named(written, name, old, new, code):
    report = written(CLOSURES, old, new).check(name)
    told = reasons(report, "fail", "values")
    assert told and told[0].code == code and "should read" in str(report), report


NODES = """
class Node:
    def __init__(self, inbound_nodes=[]):
        self.inbound_nodes, self.outbound_nodes = inbound_nodes, []
        self.value, self.gradients = None, {}
        for node in inbound_nodes:
            node.outbound_nodes.append(self)
class Linear(Node):
    def __init__(self, X, W, b):
        Node.__init__(self, [X, W, b])
    def forward(self):
        X, W, b = (n.value for n in self.inbound_nodes)
        self.value = np.dot(X, W) + b
    def backward(self):
        X, W, b = self.inbound_nodes
        self.gradients = {n: np.zeros_like(n.value) for n in self.inbound_nodes}
        for n in self.outbound_nodes:
            grad_cost = n.gradients[self]
            self.gradients[X] += np.dot(grad_cost, W.value.T)
            self.gradients[W] += np.dot(X.value.T, grad_cost)
            self.gradients[b] += np.sum(grad_cost, axis=0)
class Tanh(Node):
    def __init__(self, node):
        Node.__init__(self, [node])
    def forward(self):
        self.value = np.tanh(self.inbound_nodes[0].value)
    def backward(self):
        self.gradients = {n: np.zeros_like(n.value) for n in self.inbound_nodes}
        for n in self.outbound_nodes:
            self.gradients[self.inbound_nodes[0]] += n.gradients[self] * (1 - self.value)
class MSE(Node):
    def __init__(self, y, a):
        Node.__init__(self, [y, a])
    def forward(self):
        y, a = (n.value for n in self.inbound_nodes)
        self.diff = y - a
        self.value = np.mean(self.diff**2)
    def backward(self):
        y, a = self.inbound_nodes
        self.gradients[y] = 2 / self.diff.size * self.diff
        self.gradients[a] = -2 / self.diff.size * self.diff
"""


@pytest.mark.parametrize(("name", "outcome"), [("Linear", "correct"), ("Tanh", "wrong"), ("MSE", "hazards")])
def test_layers_that_are_nodes_of_a_graph(written, name, outcome):
    report = written(NODES).check(name)
    assert report.outcome == outcome, report
    if outcome == "wrong":
        assert any("1 - y²" in f.message + str(f.diagnosis) for f in report.findings)


TAPED = """
class Operation:
    def result(self, value, *tensors):
        from ..tensor import Tensor
        from .. import _TAPE
        out = Tensor(value, any(t.requires_grad for t in tensors))
        _TAPE.append(out, self.backward, tensors)
        return out
    def tensors(self, *given):
        from ..tensor import Tensor
        return [g if isinstance(g, Tensor) else Tensor(g) for g in given]
class Square(Operation):
    def forward(self, x):
        x, = self.tensors(x)
        return self.result(x.data**2, x)
    def backward(self, x):
        x.grad_fn = lambda ug: 2 * x.data * ug
class Times(Operation):
    def forward(self, a, b):
        a, b = self.tensors(a, b)
        return self.result(a.data * b.data, a, b)
    def backward(self, a, b):
        a.grad_fn = lambda ug: b.data * ug
        b.grad_fn = lambda ug: b.data * ug
class SquaredError(Operation):
    def forward(self, outputs, targets):
        outputs, targets = self.tensors(outputs, targets)
        return self.result(((outputs.data - targets.data)**2).sum() / len(outputs.data), outputs, targets)
    def backward(self, outputs, targets):
        assert not targets.requires_grad
        outputs.grad_fn = lambda ug: 2 * (outputs.data - targets.data) / len(outputs.data) * ug
"""
TAPE = """
class Tape:
    def __init__(self):
        self.runs = []
    def append(self, *run):
        self.runs.append(run)
"""
TENSOR = """
class Tensor:
    def __init__(self, data, requires_grad=False):
        if not isinstance(data, np.ndarray | list | np.generic):
            raise TypeError(f"{type(data)} is no data")
        self.data, self.requires_grad = np.array(data), requires_grad
        self.grad, self.grad_fn = 0.0 if requires_grad else None, None
    def backward(self, upper=1.0, retain_graph=False):
        from . import _TAPE
        if not isinstance(upper, np.ndarray | float):
            raise TypeError("no array")
        self.grad = self.grad + upper
        for out, back, parents in _TAPE.runs:
            if out is self:
                back(*parents)
                for p in parents:
                    if p.requires_grad:
                        p.grad = p.grad + p.grad_fn(self.grad)
        if not retain_graph:
            _TAPE.runs.clear()
"""


@pytest.mark.parametrize("name, outcome", [("Square", "correct"), ("Times", "wrong"), ("SquaredError", "correct")])
def test_a_tensor_that_is_given_back_knows_itself_how_gradients_run(written, name, outcome):
    """The graph is an instance made of nothing that other files ask for; backward only tells what each is to do."""
    package = {
        "__init__": "from .tape import Tape\n_TAPE = Tape()\n",
        "tape": TAPE,
        "tensor": TENSOR,
        "ops/__init__": "",
    }
    for file, text in package.items():
        written(text, at=f"toy/{file}.py")
    report = written(TAPED, at="toy/ops/basics.py").check(name)
    assert report.outcome == outcome, report
    if outcome == "wrong":
        assert "the gradient for a, not for b" in str(report)


GRAPH = """
def as_array(x):
    return np.array(x) if np.isscalar(x) else x
class Variable:
    def __init__(self, data):
        if not isinstance(data, np.ndarray):
            raise TypeError(type(data))
        self.data, self.grad, self.creator = data, None, None
    def __mul__(self, other):
        return Times()(self, other)
    def __sub__(self, other):
        return Less()(self, other)
    def __neg__(self):
        return Variable(-self.data)
    __rmul__ = __mul__
    def backward(self, retain_grad=False):
        if self.grad is None:
            self.grad = Variable(np.ones_like(self.data))
        f = self.creator
        for x, gx in zip(f.inputs, f.backward(self.grad)):
            x.grad = gx
class Function:
    def __call__(self, *inputs):
        self.inputs = [x if isinstance(x, Variable) else Variable(as_array(x)) for x in inputs]
        out = Variable(as_array(self.forward(*[x.data for x in self.inputs])))
        out.creator = self
        return out
class Times(Function):
    def forward(self, a, b):
        return a * b
class Less(Function):
    def forward(self, a, b):
        return a - b
class SquaredError(Function):
    def forward(self, a, b):
        return ((a - b) ** 2).sum() / len(a)
    def backward(self, gy):
        a, b = self.inputs
        ga = gy * (a - b) * (2. / len(a.data))
        return ga, -ga
"""


def test_a_switch_of_backward_is_no_upstream_gradient(written):
    report = written(GRAPH).check("SquaredError")
    assert report.outcome == "correct" and report.verdict.status == "proved", str(report)
    assert written(GRAPH, "gy * (a", "(a").check("SquaredError").outcome == "hazards"


PRODUCT = """
from dezero.core import Function
def product(a, b):
    return Product()(a, b)
class Product(Function):
    def forward(self, a, b):
        return a.dot(b)
    def backward(self, gy):
        a, b = self.inputs
        return [product(gy, b.T), product(a.T, gy)]
"""


def test_a_list_of_gradients_is_the_inputs_whatever_else_has_their_shapes(written):
    report = written(PRODUCT).check("Product")
    assert report.outcome == "correct", str(report)


def test_a_gradient_that_is_set_where_others_are_added_to_is_a_hazard(written):
    report = written(CLOSURES, "self.grad += power", "self.grad = power").check("Tensor.__pow__")
    (told,) = findings(report, "warn", "source-replaced")
    assert report.outcome == "hazards" and "is set with =" in told.message
