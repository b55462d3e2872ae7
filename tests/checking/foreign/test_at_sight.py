"""What other files showed at sight: right layers that were accused, not found or not set up, and reasons beside the point."""

import pytest

from derivexplain import conventions
from derivexplain.foreign import find
from derivexplain.foreign.building.arguments import constructor_specs
from derivexplain.foreign.text.code import code_of

from ..reports import findings, reasons

RIGHT = {
    "a step that takes nothing is no half of backward": (
        """
class Net:
    def __init__(self, n_in, n_out, lr=0.1):
        self.lr, self.grads = lr, {}
        self.params = {"W": np.random.randn(n_in, n_out), "b": np.zeros(n_out)}
    def forward(self, X):
        self.X = X
        self.A = X @ self.params["W"] + self.params["b"]
        return self.A
    def backward(self, Y):
        self.grads["W"], self.grads["b"] = self.X.T @ (self.A - Y) / len(Y), (self.A - Y).mean(axis=0)
    def update_parameters(self):
        for key in self.params:
            self.params[key] -= self.lr * self.grads[key]
""",
        "",
        "",
    ),
    "a number by which all is multiplied": (
        """
class Rescaling:
    def __init__(self, scale):
        self.scale = scale
    def forward(self, input):
        return input * self.scale
    def backward(self, upstream_gradient):
        return upstream_gradient * self.scale
""",
        "upstream_gradient * self.scale",
        "upstream_gradient / self.scale",
    ),
    "two matrices that become two attributes": (
        """
class MatMul:
    def forward(self, input):
        self.first, self.second = input
        return np.matmul(*input)
    def backward(self, next):
        return next @ self.second.swapaxes(-1, -2), self.first.swapaxes(-1, -2) @ next
""",
        "-2), self.first.swapaxes(-1, -2) @ next",
        "-2), 2 * self.first.swapaxes(-1, -2) @ next",
    ),
    "a pair of sizes of which the second is asked for, gradients in grads": (
        """
class Param:
    def __init__(self, dim):
        self.data, self.grads = np.random.normal(size=dim), np.zeros(dim)
class Dense:
    def __init__(self, dims: tuple):
        self.W, self.b, self.input = Param(dims), Param((1, dims[1])), []
    def forward(self, features):
        self.input = features
        return features @ self.W.data + self.b.data
    def backward(self, upstream):
        self.W.grads = self.input.T @ upstream
        self.b.grads = upstream.sum(axis=0, keepdims=True)
        grad_input = upstream @ self.W.data.T
        return grad_input
""",
        "upstream @ self.W.data.T",
        "2 * upstream @ self.W.data.T",
    ),
    "one example and its class, as an outer product says": (
        """
def one_hot(n, y):
    return np.eye(n)[y]
class Regression:
    def __init__(self, input_size, output_size):
        self.W, self.b = np.random.uniform(size=(input_size, output_size)), np.zeros(output_size)
        self.output_size = output_size
    def forward(self, X):
        e = np.exp(X @ self.W + self.b)
        return e / e.sum(axis=-1, keepdims=True)
    def loss(self, x, y):
        p = np.atleast_2d(self.forward(x))
        return -np.mean(np.sum(np.log(p) * np.atleast_2d(one_hot(self.output_size, y)), axis=1))
    def grad_loss(self, x, y_true):
        d = self.forward(x) - one_hot(self.output_size, y_true)
        grad_W = np.outer(x, d)
        grad_b = d
        grads = {"W": grad_W, "b": grad_b}
        return grads
""",
        "np.outer(x, d)",
        "np.outer(x, -d)",
    ),
    "one example, classified by words of Spanish, and its error written down": (
        """
class Red:
    def __init__(self, n_in, n_out):
        self.pesos, self.sesgos, self.errores = np.random.randn(n_out, n_in), np.zeros((n_out, 1)), []
    def clasifica(self, entrada):
        self.capa = np.tanh(np.dot(self.pesos, entrada) + self.sesgos)
        return self.capa
    def retropropagacion(self, entrada, etiqueta):
        error = self.clasifica(entrada) - etiqueta
        self.errores.append(np.mean(error))
        delta = error * (1 - self.capa ** 2)
        nablaPesos = np.dot(delta, entrada.T)
        nablaSesgos = delta
        return nablaPesos, nablaSesgos
""",
        "= np.dot(delta",
        "= -np.dot(delta",
    ),
    "one channel if nobody says otherwise": (
        """
class Conv:
    def __init__(self, num_filters, input_channels=1):
        self.n, self.filters = num_filters, np.random.randn(num_filters, input_channels, 2, 2)
    def forward(self, x):
        self.x, (n, _, h, w) = x, x.shape
        out = np.zeros((n, self.n, h - 1, w - 1))
        for i, j, f in np.ndindex(h - 1, w - 1, self.n):
            out[:, f, i, j] = np.sum(x[:, :, i:i+2, j:j+2] * self.filters[f], axis=(1, 2, 3))
        return out
    def backward(self, dout, rate):
        dW = np.zeros(self.filters.shape)
        for i, j, f in np.ndindex(*dout.shape[2:], self.n):
            dW[f] += np.sum(self.x[:, :, i:i+2, j:j+2] * dout[:, f, i, j][:, None, None, None], axis=0)
        self.filters -= rate * dW
""",
        "",
        "",
    ),
    "as many channels as its filters have built in": (
        """
class Conv:
    def __init__(self, num_filters):
        self.n, self.filters = num_filters, np.random.randn(num_filters, 3, 3, 3)
    def forward(self, input):
        self.x, (h, w, _) = input, input.shape
        out = np.zeros((h - 2, w - 2, self.n))
        for i, j in np.ndindex(h - 2, w - 2):
            out[i, j] = np.sum(input[i:i+3, j:j+3] * self.filters, axis=(1, 2, 3))
        return out
    def backward(self, d_out, learning_rate):
        dW, dx = np.zeros(self.filters.shape), np.zeros(self.x.shape)
        for i, j, f in np.ndindex(*d_out.shape):
            dW[f] += d_out[i, j, f] * self.x[i:i+3, j:j+3]
            dx[i:i+3, j:j+3, :] += d_out[i, j, f] * self.filters[f]
        self.filters -= learning_rate * dW
        return dx
""",
        "dW[f] +=",
        "dW[f] -=",
    ),
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_was_accused_or_not_set_up_is_right_and_its_slip_is_told(written, what):
    text, old, new = RIGHT[what]
    names = {"one example and its class": "Regression.loss", "a pair": "Dense"}
    name = next((n for word, n in names.items() if what.startswith(word)), None)
    right = written(text).check(name)
    assert right.outcome == "correct" and not findings(right, "warn"), right.outcome
    assert not old or written(text, old, new).check(name).outcome in ("wrong", "factor")


@pytest.mark.parametrize(("front", "back"), [("f", "derivada"), ("hinge_obj", "hinge_grad")])
def test_a_function_and_its_slope_by_other_words(written, front, back):
    text = f"def {front}(z): return (1 - z) ** 2\ndef {back}(z): return -2 * (1 - z)\n"
    assert written(text).check().verdict.status == "proved"
    assert written(text, "-2", "2").check().outcome == "factor"


STEPS = """
class Dense:
    def __init__(self, n_in, n_out):
        self.w, self.v = np.random.randn(n_in, n_out), np.zeros((n_in, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.w
    def backward(self, grad, lr):
        grad_w = self.x.T @ grad
        self.v = 0.9 * self.v + 0.1 * grad_w ** 2
        self.w -= lr * grad_w / (np.sqrt(self.v) + 1e-8)
        return grad @ self.w.T
"""
HELPED = """
class Dense:
    def __init__(self, n_out, n_in):
        self.m_W = np.random.randn(n_out, n_in)
    def _update(self, parameter, gradient, rate):
        parameter -= rate * gradient
    def forward(self, x):
        self.x = x
        return self.m_W @ x
    def backward(self, dout, rate):
        self._update(self.m_W, dout @ self.x.T, rate)
        return self.m_W.T @ dout
"""


@pytest.mark.parametrize("text", [STEPS, HELPED])
def test_weights_that_step_before_their_last_use_are_the_reason(written, text):
    found = reasons(written(text).check(), "fail")
    assert [d.code for d in found if "last time" in d.message] == ["mutation"]
    assert not any("should read" in d.message for d in found)


COSTS = """
def calcular_costo(X, Y, theta): return np.sum(np.square(np.dot(X, theta) - Y)) / (2 * len(Y))
def calcular_gradiente(X, Y, theta): return np.dot(X.T, np.dot(X, theta) - Y) / len(Y)
"""
MODES = """
def activation_forward(Z, mode):
    if mode == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
    elif mode == "tanh":
        A = np.tanh(Z)
    return A
def activation_backward(A, mode):
    if mode == "sigmoid":
        D = A * (1 - A)
    elif mode == "tanh":
        D = 1 - A ** 2
    return D
"""


@pytest.mark.parametrize(
    ("text", "old", "new"), [(COSTS, "theta) - Y) / len", "theta) + Y) / len"), (MODES, "D = A *", "D = -A *")]
)
def test_costs_by_words_of_spanish_and_modes_that_the_text_knows(written, text, old, new):
    assert written(text).check().verdict.status == "proved"
    assert written(text, old, new).check().outcome in ("wrong", "factor")


ALL_ACTS = """
class Net:
    def __init__(self, layer_dims, activations):
        self.activations = activations
        self.W = [np.random.randn(m, n) for n, m in zip(layer_dims[:-1], layer_dims[1:])]
    def propagate(self, x):
        for W, act in zip(self.W, self.activations):
            x = np.tanh(W @ x) if act == "tanh" else np.maximum(0, W @ x) if act == "relu" else W @ x
        return x
    def retropropagate(self, error):
        return error
class Softmax:
    def softmax(self, z): return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    def softmax_grad(self, X, error): return X.T @ error
"""


def test_a_list_of_activations_has_one_for_each_layer_and_the_gradient_of_weights_is_no_slope(written):
    layers = dict(find(str(written(ALL_ACTS).path), conventions)[0])
    assert [*layers] == ["Net"]
    made = next(constructor_specs(code_of(layers["Net"], conventions), conventions.SCENES[0], conventions))
    assert made == ("=[5, 7, 2]", "=['tanh', 'tanh']")


def test_a_loss_of_one_number_may_ask_for_it_within_an_expression(written):
    text = """
class AbsoluteLoss:
    def __call__(self, y_true, y_pred): return abs(y_pred - y_true)
    def gradient(self, y_true, y_pred):
        return 1 if y_pred > y_true else -1
"""
    assert written(text).check().outcome == "correct"
    assert written(text, "else -1", "else 1").check().outcome in ("wrong", "factor")


def test_what_is_called_a_gradient_is_never_the_output(written):
    text = """
class ReLU:
    def forward(self, x):
        return np.maximum(x, 0)
    def backward(self, grad_output, lr=0.0):
        return np.maximum(grad_output, 0)
"""
    report = written(text).check()
    assert report.outcome == "wrong" and not any("np.sign" in f.message for f in report.findings)


def test_a_loss_beside_its_gradient_is_told_by_the_last_line_of_the_text(written):
    text = """
def huber_grad(pred, target, delta: float):
    e = pred - target
    if delta <= 0:
        return e, float(0.5 * np.sum(e ** 2))
    loss = np.where(np.abs(e) <= delta, 0.5 * e ** 2, delta * (np.abs(e) - 0.5 * delta))
    grad = np.clip(e, -delta, delta)
    return grad, float(np.sum(loss))
"""
    assert written(text).check().outcome == "correct"
    assert written(text, "-delta, delta", "-1, 1").check().outcome == "wrong"


def test_a_constructor_that_is_misspelt_is_told(written):
    text = """
class Scale:
    def __init___(self, k=2):
        self.k = k
    def forward(self, x):
        return self.k * x
    def backward(self, dout):
        return self.k * dout
"""
    assert any("__init___ sets: a slip for __init__?" in f.message for f in written(text).check().findings)


JOINED = {
    "neighbours in the constructor": ("""
class Joined:
    def __init__(self, adj, n_in, n_out):
        self.A, self.W = adj, np.random.randn(n_in, n_out)
        self.A_hat = adj
    def forward(self, x):
        self.ax = self.A_hat @ x
        return self.ax @ self.W
    def backward(self, dout):
        self.dW = self.ax.T @ dout
        return self.A_hat.T @ dout @ self.W.T
""", ("self.ax.T @ dout", "2 * self.ax.T @ dout")),
    "a matrix that the constructor measures": ("""
class Factors:
    def __init__(self, R, K, alpha=0.002):
        self.R, self.alpha = R, alpha
        self.rows, self.columns = R.shape
        self.P, self.Q = np.random.rand(self.rows, K), np.random.rand(self.columns, K)
    def loss(self):
        return np.sum((self.R - self.P @ self.Q.T) ** 2)
    def gradients(self):
        E = self.R - self.P @ self.Q.T
        dP, dQ = -2 * E @ self.Q, -2 * E.T @ self.P
        return dP, dQ
""", ("-2 * E.T", "2 * E.T")),
    "data beside what is made of it": ("""
class Elbo:
    def forward(self, x, x_hat, mu, logvar):
        self.kept = x, x_hat, mu, logvar
        return np.sum((x_hat - x) ** 2) - 0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar))
    def backward(self):
        x, x_hat, mu, logvar = self.kept
        dx_hat = 2 * (x_hat - x)
        dmu, dlogvar = mu, 0.5 * (np.exp(logvar) - 1)
        return dx_hat, dmu, dlogvar
""", ("0.5 * (np.exp", "0.5 + (np.exp")),
}  # fmt: skip


@pytest.mark.parametrize("name", JOINED)
def test_graphs_and_data_are_told_from_what_is_learnt(name, written):
    text, slip = JOINED[name]
    assert written(text).check().outcome in ("correct", "hazards")
    assert written(text, *slip).check().outcome in ("wrong", "factor")
