"""Habits of layers that stand alone: as they stand they are right; what hangs wrong in them is named."""

import pytest

from ..reports import named

RIGHT = {
    "a relu between two products": """
class FeedForward:
    def __init__(self, d_model, d_ff):
        self.A = np.random.randn(d_model, d_ff)
        self.a = np.zeros(d_ff)
        self.B = np.random.randn(d_ff, d_model)
    def forward(self, x):
        self.x, self.h = x, np.maximum(0, x @ self.A + self.a)
        return self.h @ self.B
    def backward(self, g):
        d = (g @ self.B.T) * (self.h > 0)
        self.dB, self.dA, self.da = self.h.T @ g, self.x.T @ d, d.sum(0)
        return d @ self.A.T
""",
    "private names": """
class Scale:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        self.__dW = self.x.T @ grad
        return grad @ self.W.T
""",
    "a gradient that is returned and kept": """
class linear:
    def __init__(self, W):
        self.W, self.x, self.dW = W, None, None
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W)
    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        return dx, self.dW
""",
    "a rate of its own": """
class Gain:
    def __init__(self, n_in, learning_rate=0.01):
        self.gamma = np.ones(n_in) + 0.1
        self.lr = learning_rate
    def forward(self, x):
        self.x = x
        return x * self.gamma
    def backward(self, grad, learning_rate=None):
        if learning_rate is not None:
            self.lr = learning_rate
        out = grad * self.gamma
        self.gamma -= self.lr * (grad * self.x).sum(axis=0)
        return out
""",
    "a rate for another method": """
class Gain:
    def __init__(self, n_in):
        self.gamma, self.lr = np.ones(n_in) + 0.1, 0.01
    def forward(self, x):
        self.x = x
        return x * self.gamma
    def backward(self, grad):
        self.dgamma = (grad * self.x).sum(axis=0)
        return grad * self.gamma
    def update(self):
        self.gamma -= self.lr * self.dgamma
""",
    "layers within a layer": """
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, d):
        self.dW = self.x.T @ d
        return d @ self.W.T
class Two:
    def __init__(self, n_in, n_out):
        self.one, self.two = Dense(n_in, n_out), Dense(n_out, n_in)
    def forward(self, x):
        return self.two.forward(np.tanh(self.one.forward(x)))
    def backward(self, d):
        y = np.tanh(self.one.x @ self.one.W)
        return self.one.backward(self.two.backward(d) * (1 - y**2))
""",
    "a jump": """
class Bent:
    def forward(self, x):
        self.m = x > 0
        return np.where(self.m, x, 0.1 * x + 0.01)
    def backward(self, d):
        return d * np.where(self.m, 1, 0.1)
""",
    "gradients that hang on arrays": """
def relu(x):
    return np.maximum(x, 0.0)
def relu_grad(inp, out):
    inp.g = (inp > 0) * out.g
""",
    "gradients of parameters that hang": """
def lin(inp, w, b):
    return inp @ w + b
def lin_grad(inp, out, w, b):
    inp.g = out.g @ w.T
    w.g = inp.T @ out.g
    b.g = out.g.sum(0)
""",
    "a loss that hangs its gradient": """
class Mse:
    def __call__(self, inp, targ):
        self.inp, self.targ = inp, targ
        self.out = ((inp.squeeze() - targ) ** 2).mean()
        return self.out
    def backward(self):
        self.inp.g = 2.0 * (self.inp.squeeze() - self.targ)[:, None] / self.targ.shape[0]
""",
    "a module that keeps its arguments": """
class Module:
    def __call__(self, *args):
        self.args = args
        self.out = self.forward(*args)
        return self.out
    def forward(self):
        raise NotImplementedError
    def backward(self):
        self.bwd(self.out, *self.args)
class Lin(Module):
    def __init__(self, w, b):
        self.w, self.b = w, b
    def forward(self, inp):
        return inp @ self.w + self.b
    def bwd(self, out, inp):
        inp.g = out.g @ self.w.T
        self.w.g = inp.T @ out.g
        self.b.g = out.g.sum(0)
""",
    "a cost and its delta": """
class QuadraticCost:
    @staticmethod
    def fn(a, y):
        return 0.5 * np.linalg.norm(a - y)**2
    @staticmethod
    def delta(z, a, y):
        return (a - y) * a * (1 - a)
""",
    "a derivative called diff": """
class Square:
    def __call__(self, x):
        return x**2
    def diff(self, x):
        return 2 * x
""",
    "what a framework hands back is unpacked": """
class Variable:
    def __init__(self, data):
        self.data = data
class Neg:
    def forward(self, x):
        return -x
    def backward(self, gy):
        return Variable(-gy)
""",
    "a divergence is given shares as targets": """
class KLDivergence:
    def forward(self, logits, q):
        z = logits - logits.max(axis=1, keepdims=True)
        self.logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        self.q = q
        return np.sum(q * (np.log(q) - self.logp)) / len(q)
    def backward(self, dout=1.0):
        return dout * (np.exp(self.logp) - self.q) / len(self.q)
""",
    "a loss that clips is given probabilities": """
class TokenLoss:
    def __call__(self, y_true, y_pred):
        p = np.clip(np.asarray(y_pred), 1e-12, 1 - 1e-12)
        if p.ndim != 3 or y_true.ndim != 2:
            raise ValueError('shapes')
        n, t = y_true.shape
        return -np.log(p[np.arange(n)[:, None], np.arange(t), y_true]).mean()
    def derivative(self, y_true, y_pred):
        p = np.clip(np.asarray(y_pred), 1e-12, 1 - 1e-12)
        n, t = y_true.shape
        g = np.zeros_like(p)
        g[np.arange(n)[:, None], np.arange(t), y_true] = -1
        return g / p / y_true.size
""",
    "parameters that the first forward makes are there under other options too": """
class Conv1d:
    def __init__(self, filters, kernel_size, stride=1):
        self.F, self.K, self.S, self.W = filters, kernel_size, stride, None
    def forward(self, x):
        n, c, t = x.shape
        if self.W is None:
            self.W = np.random.randn(self.F, c, self.K)
        self.x = x
        self.at = range(0, t - self.K + 1, self.S)
        return np.stack([np.einsum('nck,fck->nf', x[:, :, a:a + self.K], self.W) for a in self.at], axis=2)
    def backward(self, dout):
        self.dW, dx = np.zeros_like(self.W), np.zeros_like(self.x)
        for k, a in enumerate(self.at):
            self.dW += np.einsum('nf,nck->fck', dout[:, :, k], self.x[:, :, a:a + self.K])
            dx[:, :, a:a + self.K] += np.einsum('nf,fck->nck', dout[:, :, k], self.W)
        return dx
""",
    "a size that is said to be a tuple is given as one": """
class Gain:
    def __init__(self, input_size: tuple):
        if not isinstance(input_size, tuple):
            raise TypeError('a tuple is wanted')
        self.gamma = np.ones(input_size) + 0.5
    def forward(self, x):
        self.x = x
        return x * self.gamma
    def backward(self, dout):
        self.dgamma = (dout * self.x).sum(axis=0)
        return dout * self.gamma
""",
    "chance of its own, as a state": """
class Thinned:
    def __init__(self, rate=0.3, seed=0):
        self.rate, self.rng = rate, np.random.RandomState(seed)
    def forward(self, x):
        self.keep = (self.rng.uniform(size=x.shape) > self.rate) / (1 - self.rate)
        return x * self.keep
    def backward(self, dout):
        return dout * self.keep
""",
    "chance of its own, as a generator": """
class Thinned:
    def __init__(self, rate=0.3, seed=0):
        self.rate, self.rng = rate, np.random.default_rng(seed)
    def forward(self, x):
        self.keep = (self.rng.uniform(size=x.shape) > self.rate) / (1 - self.rate)
        return x * self.keep
    def backward(self, dout):
        return dout * self.keep
""",
    "three weights": """
class Looks:
    def __init__(self, Wq, Wk, Wv):
        self.Wq, self.Wk, self.Wv = Wq, Wk, Wv
    def forward(self, x):
        self.x, self.q, self.k, self.v = x, x @ self.Wq, x @ self.Wk, x @ self.Wv
        return self.q @ self.k.T @ self.v
    def backward(self, dout):
        ds = dout @ self.v.T
        dq, dk, dv = ds @ self.k, ds.T @ self.q, (self.q @ self.k.T).T @ dout
        self.dWq, self.dWk, self.dWv = self.x.T @ dq, self.x.T @ dk, self.x.T @ dv
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
""",
    "the larger of two": """
class Maxout:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2
    def forward(self, x):
        self.x, a, b = x, x @ self.W1, x @ self.W2
        self.first = a > b
        return np.where(self.first, a, b)
    def backward(self, dout):
        da, db = dout * self.first, dout * ~self.first
        self.dW1, self.dW2 = self.x.T @ da, self.x.T @ db
        return da @ self.W1.T + db @ self.W2.T
""",
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_is_found_right(written, what):
    for report in written(RIGHT[what]).checks().values():
        assert report.outcome == "correct", report


@pytest.mark.parametrize(
    ("what", "old", "new", "code"),
    [
        ("gradients that hang on arrays", "(inp > 0) * ", "(inp < 0) * ", "branch"),
        ("gradients that hang on arrays", " * out.g", "", "dout-ignored"),
        ("gradients of parameters that hang", "b.g = out.g.sum(0)", "b.g = out.g", "unsummed"),
        ("a module that keeps its arguments", "w.g = inp.T @ out.g", "w.g = -inp.T @ out.g", "sign"),
        ("a loss that hangs its gradient", "= 2.0 *", "= 1.0 *", "factor"),
        ("a cost and its delta", " * a * (1 - a)", " * a * (1 + a)", "sign"),
    ],
)
def test_what_hangs_wrong_is_named(written, what, old, new, code):
    report = written(RIGHT[what], old, new).check()
    assert code in named(report, "fail"), report


OTHERS = {  # what it is about -> text, what is said of it
    "a derivative is not given an upstream gradient": ("""
def ReLU(x):
    return max(0, x)
def ReLU_prime(x):
    return x if x >= 0 else 0
""", "wrong"),
    "a number that is no plain multiple of another is no factor": ("""
def f(x):
    return x**3 if x > 0 else 0.0
def df(x):
    return 3 * x if x > 0 else 0.0
""", "wrong"),
    "the scale of a loss is read from the likelier call": ("""
class MseLoss:
    def forward(self, y_pred, y_true):
        return 2 * np.mean((y_true - y_pred) ** 2, axis=-1)
    def backward(self, dvalues, y_true):
        self.dinputs = -(y_true - dvalues)
""", "factor"),  # dvalues is the prediction, no upstream gradient
    "what is not looked at is no guess": ("""
class Rows:
    def forward(self, x):
        self.y = np.exp(x)
        return self.y
    def backward_propagation(self, output_error, _):
        return output_error + self.y
""", "wrong"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outcome"), OTHERS.values(), ids=OTHERS)
def test_what_is_not_right_is_told_for_what_it_is(written, text, outcome):
    assert written(text).check().outcome == outcome
