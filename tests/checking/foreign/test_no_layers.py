"""What holds layers, trains them, helps them or leaves them to others is no layer of its own."""

import pytest

import derivexplain as dx

NONE = {
    "a container of layers that are added": """
class Chain:
    def __init__(self):
        self.layers = []
    def add(self, layer):
        self.layers.append(layer)
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout
""",
    "a container of layers given one by one": """
class Sequential:
    def __init__(self, *args):
        self.layers = [*args]
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
    def backprop(self, x, upstream):
        rate = float(x)
""",
    "who trains a network for a loss": """
class Trainer:
    def __init__(self, model):
        self.model = model
    def loss(self, x, y):
        loss, grads = self.model.loss(x, y)
        return loss, grads
""",
    "who trains a model": """
class Trainer:
    def __init__(self, model):
        self.model = model
    def forward(self, x):
        return self.model(x)
    def backward(self, dout):
        return self.model.backward(dout)
""",
    "who trains layers, behind a wrapper": """
def checked(f):
    def wrapper(*a, **k):
        return f(*a, **k)
    return wrapper
class Trainer:
    @checked
    def __init__(self, layers):
        self.layers = layers
    def forward(self, x):
        return self.layers(x)
    def backward(self, dout):
        return self.layers.backward(dout)
""",
    "blanks for others to fill": """
class Loss:
    def compute_loss(self, y_true, y_pred):
        pass
    def compute_derivative(self, y_true, y_pred):
        pass
""",
    "what calls a forward that others write": """
class Layer:
    def __call__(self, x):
        return self.forward(x)
    def backward(self, g):
        return g
""",
    "the steps of a network that share its weights": """
class Net:
    def __init__(self, n_in, n_out):
        self.W1 = np.random.randn(n_in, n_out)
    def dense(self, x, W):
        return x @ self.W1 + W
    def dense_backward(self, dout):
        return dout @ self.W1.T
""",
}  # fmt: skip


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_it_is_no_layer(written, text):
    code = written(text)
    assert code.layers == {}
    with pytest.raises(dx.DerivexplainError, match="no layer"):
        code.check()


BESIDE = {  # text, the layer in it
    "a base of losses, and what it asks its heirs for": ("""
class Loss:
    def penalty_loss(self): return sum(np.sum(layer.W ** 2) for layer in self.layers)
    def calculate(self, output, y, *, with_penalty=False):
        each = self.forward(output, y)
        data_loss = np.mean(each)
        if not with_penalty:
            return data_loss
        return data_loss, self.penalty_loss()
class Squared(Loss):
    def forward(self, y_pred, y_true): return np.mean((y_pred - y_true) ** 2, axis=-1)
    def backward(self, y_pred, y_true): return 2 * (y_pred - y_true) / y_pred.size
""", "Squared"),
    "a base whose steps only its heirs have": ("""
class Criterion:
    def forward(self, input, target):
        return self.updateOutput(input, target)
    def backward(self, input, target):
        return self.updateGradInput(input, target)
class Half(Criterion):
    def updateOutput(self, input, target): return 0.5 * np.mean((input - target) ** 2)
    def updateGradInput(self, input, target): return (input - target) / input.size
""", "Half"),
    "a base that says nothing of its heirs' steps": ("""
class Loss:
    def forward(self, prediction, target):
        self.prediction, self.target = prediction, target
        return self._output()
    def backward(self):
        return self._input_grad()
class Half(Loss):
    def _output(self): return 0.5 * np.mean((self.prediction - self.target) ** 2)
    def _input_grad(self): return (self.prediction - self.target) / self.prediction.size
""", "Half"),
    "a base of losses that gives both at once": ("""
class Loss:
    def forward(self, y_out, y_truth): return NotImplementedError
    def backward(self, y_out, y_truth): return NotImplementedError
    def __call__(self, y_out, y_truth):
        loss = self.forward(y_out, y_truth)
        grad = self.backward(y_out, y_truth)
        return loss, grad
class Half(Loss):
    def forward(self, y_out, y_truth): return 0.5 * np.mean((y_out - y_truth) ** 2)
    def backward(self, y_out, y_truth): return (y_out - y_truth) / y_out.size
""", "Half"),
    "what is not written yet, and what helps others": ("""
def gate_forward(x):
    pass
def gate_backward(dout, cache):
    '''To be written.'''
def _pool_forward(x, f):
    return f(x), x
def _pool_backward(dy, f, x):
    return f(dy) + 0 * x
def twice_forward(x):
    return _pool_forward(x, lambda v: 2 * v)
def twice_backward(dy, cache):
    return _pool_backward(dy, lambda v: 2 * v, cache)
""", "twice"),
    "what gives another by a word": ("""
def bend(x): return x ** 3
def bend_grad(x): return 3 * x ** 2
def get_curve(name): return {"bend": bend}[name]
def get_curve_grad(name): return {"bend": bend_grad}[name]
def pick(kind):
    if kind == "bend": return bend
def pick_grad(kind):
    if kind == "bend": return bend_grad
""", "bend"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "layer"), BESIDE.values(), ids=BESIDE)
def test_it_is_no_layer_beside_one(written, text, layer):
    assert list(written(text).layers) == [layer]
