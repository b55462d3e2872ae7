"""Set-ups of layers in other words: methods, sizes and gradients as they are called in other languages and courses."""

import pytest

from ..reports import findings

EACH = {
    "trained": """
class Norm:
    def __init__(self, size):
        self.scale, self.mean = np.ones(size), np.zeros(size)
    def predict(self, x):
        return self.scale * (x - self.mean)
    def forward_train(self, x):
        self.x = x
        return self.scale * x ** 2
    def backward(self, dy):
        self.dscale = np.sum(dy * self.x ** 2, axis=0)
        return 2 * dy * self.scale * self.x
""",
    "batched": """
class Linear:
    def __init__(self, size):
        self.biases, self.weights = np.random.randn(size[1], 1), np.random.randn(size[1], size[0])
    def forward(self, a):
        return self.weights @ a + self.biases
    def forward_batch(self, a, m):
        self.last_input = a
        return a @ self.weights.T + np.array([self.biases[:, 0] for _ in range(m)])
    def backprop(self, delta):
        self.last_nb, self.last_nw = delta.sum(axis=0).reshape(-1, 1), delta.T @ self.last_input
        return delta @ self.weights
""",
    "updates": """
class Dense:
    def __init__(self, num, units):
        self.w, self.b = np.random.randn(num, units), np.zeros(units)
    def forward(self, x):
        self.x = x
        return x @ self.w + self.b
    def backward(self, diff):
        self.update_w, self.update_b = self.x.T @ diff, diff.sum(axis=0)
        return diff @ self.w.T
""",
    "active": """
class Camada:
    def __init__(self, entradas, neuronios, ativacao, ativacao_derivada=None):
        self.W, self.b = np.random.randn(entradas, neuronios), np.zeros((1, neuronios))
        self.ativacao, self.ativacao_derivada = ativacao, ativacao_derivada
    def forward(self, entrada):
        self.entrada, self.z = entrada, entrada @ self.W + self.b
        return self.ativacao(self.z)
    def backward(self, grad):
        delta = grad if self.ativacao_derivada is None else grad * self.ativacao_derivada(self.z)
        self.grad_W, self.grad_b = self.entrada.T @ delta, delta.sum(axis=0, keepdims=True)
        return delta @ self.W.T
""",
    "several": """
class Rede:
    def __init__(self, tamanhos):
        self.pesos = [np.random.randn(n, m) for n, m in zip(tamanhos[:-1], tamanhos[1:])]
        self.vieses = [np.zeros(m) for m in tamanhos[1:]]
    def avancar(self, entrada):
        self.vistos = [entrada]
        for w, b in zip(self.pesos, self.vieses):
            self.vistos.append(np.tanh(self.vistos[-1] @ w + b))
        return self.vistos[-1]
    def retropropagar(self, grad):
        self.grad_pesos, self.grad_vieses = [None] * len(self.pesos), [None] * len(self.pesos)
        for k in reversed(range(len(self.pesos))):
            grad = grad * (1 - self.vistos[k + 1] ** 2)
            self.grad_pesos[k], self.grad_vieses[k] = self.vistos[k].T @ grad, grad.sum(axis=0)
            grad = grad @ self.pesos[k].T
        return grad
""",
    "sided": """
class Window:
    def __init__(self, num_of_kernel, kernel_len, input_dim, input_channels):
        high, wide = input_dim
        self.reach = high - kernel_len + 1, wide - kernel_len + 1
        self.weights = np.random.randn(num_of_kernel, input_channels)
    def feedforward(self, x):
        self.x = x
        return np.tensordot(self.weights, x[:, :self.reach[0], :self.reach[1]], 1)
    def backprop(self, delta):
        h, w = self.reach
        new = np.zeros_like(self.x)
        new[:, :h, :w] = np.tensordot(self.weights.T, delta, 1)
        return new, np.tensordot(delta, self.x[:, :h, :w], axes=((1, 2), (1, 2)))
""",
    "rhythm": """
class CapaConectada:
    def __init__(self, tam_entrada, tam_salida):
        self.pesos, self.sesgo = np.random.rand(tam_entrada, tam_salida), np.random.rand(1, tam_salida)
    def propagacion(self, datos_entrada):
        self.entrada = datos_entrada
        return self.entrada @ self.pesos + self.sesgo
    def retropropagacion(self, error_salida, ritmo_aprendizaje):
        error_entrada = error_salida @ self.pesos.T
        self.pesos -= ritmo_aprendizaje * self.entrada.T @ error_salida
        self.sesgo -= ritmo_aprendizaje * error_salida.sum(axis=0, keepdims=True)
        return error_entrada
""",
    "a rate, and something else that is multiplied by it": """
class Unit:
    def __init__(self, n):
        self.w, self.b = np.random.randn(n, n), np.random.randn(n)
    def forward(self, input):
        self.input = input
        return self.w @ input + self.b
    def backward(self, signal, lr):
        back = self.w.T @ signal
        self.b -= signal * lr
        self.w -= np.outer(signal, self.input) * lr
        return back
""",
    "forwarded": """
class Red:
    def __init__(self, entradas=784, ocultas=128, tasa=0.1):
        self.W, self.b, self.tasa = np.random.randn(ocultas, entradas), np.zeros((ocultas, 1)), tasa
    def adelantado(self, X):
        self.A = self.W @ X + self.b
        return self.A
    def retropropagacion(self, X, Y):
        delta = self.A - Y
        self.W -= self.tasa * delta @ X.T
        self.b -= self.tasa * np.sum(delta, axis=1, keepdims=True)
""",
    "stem": """
def lineal(x):
    return 3 * x
def derivate_lineal(x):
    return 3
""",
    "listed": """
class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, None
class Window:
    def __init__(self, shape):
        self.W, self.b = Parameter(np.random.randn(*shape) / shape[0]), Parameter(np.zeros(shape[-1]))
    def forward(self, x):
        self.x = x
        return x @ self.W.data + self.b.data
    def backward(self, eta):
        self.W.grad, self.b.grad = self.x.T @ eta, eta.sum(axis=0)
        return eta @ self.W.data.T
""",
    "backwards": """
class Red:
    def __init__(self, tasa_aprendizaje=0.1):
        self.tasa_aprendizaje = tasa_aprendizaje
        self.pesos1, self.pesos2 = np.random.rand(2, 3), np.random.rand(3, 1)
    def hacia_adelante(self, X):
        self.capa = np.tanh(X @ self.pesos1)
        self.salida = np.tanh(self.capa @ self.pesos2)
        return self.salida
    def hacia_atras(self, X, y):
        delta = (y - self.salida) * (1 - self.salida ** 2)
        antes = delta @ self.pesos2.T * (1 - self.capa ** 2)
        self.pesos2 += self.capa.T.dot(delta) * self.tasa_aprendizaje
        self.pesos1 += X.T.dot(antes) * self.tasa_aprendizaje
""",
    "halves": """
class Half:
    def __init__(self, n_in, n_out):
        self.p = {"W": np.random.randn(n_in, n_out)}
    def forward_train(self, X):
        self.X = X
        return X @ self.p["W"]
    def forward(self, X):
        return X @ self.p["W"]
    def backward_input(self, grad):
        return grad @ self.p["W"].T
    def backward_params(self, grad):
        self.dW = self.X.T @ grad
""",
    "parameters": """
class Net:
    def __init__(self, layer_sizes):
        self.weights = [np.random.randn(n, m) for n, m in zip(layer_sizes[:-1], layer_sizes[1:])]
    def forward(self, X):
        cache = []
        for W in self.weights:
            cache.append({'a': X, 'W': W})
            X = X @ W
        return X, cache
    def backward(self, dout, cache):
        grads = {}
        for k in reversed(range(len(cache))):
            grads[f'W{k}'] = cache[k]['a'].T @ dout
            dout = dout @ cache[k]['W'].T
        return grads
""",
    "stepped": """
def rnn_cell_forward(xt, s_prev, parameters):
    U, W, V, bs, by = (parameters[k] for k in ("U", "W", "V", "bs", "by"))
    s = np.tanh(parameters["U"] @ xt + parameters["W"] @ s_prev + parameters["bs"])
    return s, parameters["V"] @ s + parameters["by"], (s, s_prev, xt, parameters)
def rnn_cell_backward(ds, cache):
    s, s_prev, xt, parameters = cache
    d = (1 - s ** 2) * ds
    gradients = {"dxt": parameters["U"].T @ d, "ds_prev": parameters["W"].T @ d, "dU": d @ xt.T}
    return {**gradients, "dW": d @ s_prev.T, "dbs": d.sum(1, keepdims=True)}
""",
    "in their own letters": """
class 全连接层:
    def __init__(self, 输入维度, 输出维度):
        self.W, self.b = np.random.randn(输入维度, 输出维度), np.zeros(输出维度)
    def 前向传播(self, x):
        self.x = x
        return x @ self.W + self.b
    def 反向传播(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
class シグモイド:
    def 順伝播(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y
    def 逆伝播(self, dy): return dy * self.y * (1 - self.y)
""",
    "dropped": """
def dropout_forward(x, p, rng, train):
    if not train:
        return x, None
    mask = (rng.random_sample(x.shape) >= p) / (1.0 - p)
    return x * mask, mask
def dropout_backward(dy, mask):
    return dy if mask is None else dy * mask
""",
}  # fmt: skip


@pytest.mark.parametrize("text", EACH.values(), ids=EACH)
def test_other_words_are_understood(written, text):
    for report in written(text).checks().values():
        assert report.outcome in ("correct", "hazards") and report.verdict.status == "proved", str(report)


EARLY = """
class Neuron:
    def __init__(self, size):
        self.weights, self.bias = np.random.randn(size, 1), np.random.randn(1)
    def forward(self, inputs):
        self.inputs = inputs.reshape(-1, 1)
        self.output = np.tanh(self.inputs.T @ self.weights + self.bias)
        return self.output.flatten()
    def backward(self, error, lr):
        d = error * (1 - self.output ** 2)
        self.weights -= lr * d * self.inputs
        self.bias -= (lr * d).ravel()
        return d * self.weights
"""


def test_weights_that_move_too_early_are_told_whatever_the_rate_and_a_further_axis(written):
    (said,) = findings(written(EARLY).check("Neuron"), "fail", "values")
    assert [d.code for d in said.diagnosis] == ["mutation"] and "stands before" in said.diagnosis[0].message


FLAGGED = (
    *("None\n", "None\n        self.wanted = True\n"),
    *("        self.W.grad", "        size = eta.shape[0]\n        if self.wanted:\n            self.W.grad"),
    *("self.x.T @ eta, eta", "self.x.T @ eta / size, eta"),
    *("def forward", "wanted = True\n    def forward"),
)


def test_a_switch_is_no_number_to_divide_by(written):
    report = written(EACH["listed"], *FLAGGED).check("Window")
    assert report.outcome == "factor" and not any("wanted" in f.message for f in report.findings)


RENAMED = {
    "a gradient kept under any name": """
class Unit:
    def forward(self, u):
        self.u = u
        self.output = np.maximum(0, u)
    def backward(self, top):
        self.below = top.copy()
        self.below[self.u <= 0] = 0
""",
    "data last": """
def layer_forward(src, m, s):
    return src @ m + s, (src, m)
def layer_backward(top, kept):
    src, m = kept
    below = top @ m.T
    dsrc, dm, ds = below, src.T @ top, top.sum(axis=0)
    return dm, ds, dsrc
""",
    "coefficients": """
class Model:
    def __init__(self, n):
        self.coef, self.intercept = 0.1 * np.random.randn(n), 0.0
    def predict(self, X):
        return 1 / (1 + np.exp(-(X @ self.coef + self.intercept)))
    def compute_loss(self, X, y):
        p = self.predict(X)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    def compute_gradients(self, X, y):
        below = self.predict(X) - y
        dcoef, dintercept = X.T @ below / len(y), below.mean()
        return dcoef, dintercept
""",
    "what is kept": """
def causal_forward(signal, taps, extra, gap=2):
    pad = (len(taps) - 1) * gap
    wide = np.pad(signal, ((0, 0), (pad, 0), (0, 0)))
    cols = np.stack([wide[:, k * gap:k * gap + signal.shape[1]] for k in range(taps.shape[0])], axis=2)
    return np.einsum("ntkc,kcf->ntf", cols, taps) + extra, (cols, taps, pad, gap)
def causal_backward(top, ctx):
    cols, taps, pad, gap = ctx
    n, t, k, c = cols.shape
    f = taps.shape[2]
    dcols, below = np.einsum("ntf,kcf->ntkc", top, taps), np.zeros((n, t + pad, c))
    for j in range(k):
        below[:, j * gap:j * gap + t] += dcols[:, :, j]
    return below[:, pad:], np.einsum("ntkc,ntf->kcf", cols, top), top.sum(axis=(0, 1))
""",
    "ctx that is handed on": """
class Squash:
    def forward(self, x):
        out = np.tanh(x)
        ctx = 1 - out ** 2
        return out, ctx
    def backward(self, top, ctx):
        return top * ctx
""",
}
SLIPS = (
    *(("u <= 0", "u >= 0"), ("top.sum(axis=0)", "top.max(axis=0)"), ("- y\n", "+ y\n")),
    *(("top.sum(axis=(0, 1))", "top.mean(axis=(0, 1))"), ("top * ctx", "top + ctx")),
)


@pytest.mark.parametrize(("text", "slip"), [*zip(RENAMED, SLIPS)], ids=RENAMED)
def test_layers_of_other_words_are_told_right_and_their_slips(written, text, slip):
    assert written(RENAMED[text]).check().outcome in ("correct", "hazards")
    assert written(RENAMED[text], *slip).check().outcome in ("wrong", "factor")


@pytest.mark.parametrize(
    ("front", "back", "given"),
    [("squareForwardPass", "squareBackwardPass", "d, x"), ("forwardSquare", "backwardSquare", "d, x")]
    + [("squareActivation", "squareDerivative", "x"), ("computeSquareLoss", "computeSquarePrime", "x")],
)
def test_functions_in_camel_case_belong_together_too(written, front, back, given):
    text = f"def {front}(x): return x ** 2\ndef {back}({given}): return x * 2{' * d' * ('d' in given)}\n"
    assert [r.outcome for r in written(text).checks().values()] == ["correct"]
    assert [r.outcome for r in written(text, "x * 2", "x * 3").checks().values()] == ["factor"]


LISTED = """
class MeanAbsoluteError:
    def compute(self, y_true, y_pred):
        return sum(abs(t - p) for t, p in zip(y_true, y_pred)) / len(y_true)
    def derivative(self, y_true, y_pred):
        return [(p - t) / abs(p - t) / len(y_true) if p != t else 0 for t, p in zip(y_true, y_pred)]
"""


def test_lists_that_are_gone_through_entry_by_entry_have_one_axis(written):
    assert written(LISTED).check().outcome == "correct"
    assert written(LISTED, "(p - t) / abs", "(t - p) / abs").check().outcome in ("wrong", "factor")


LOOPED = """
import math
def huber(y, p, delta=1.0):
    total = 0.0
    for t, q in zip(y, p):
        e = abs(t - q)
        total += 0.5 * e * e if e <= delta else delta * (e - 0.5 * delta)
    return total / len(y)
def huber_grad(y, p, delta=1.0):
    slopes = []
    for t, q in zip(y, p):
        d = q - t
        slopes.append((d if abs(d) <= delta else delta * math.copysign(1.0, d)) / len(y))
    return slopes
"""


def test_lists_that_a_loop_goes_through_have_one_axis_too(written):
    assert written(LOOPED).check().outcome == "correct"
    assert written(LOOPED, "d = q - t", "d = t - q").check().outcome in ("wrong", "factor")


CURVED = """
def sigmoid(z): return 1 / (1 + np.exp(-z))
def logloss(pred, y): return -(y * np.log(sigmoid(pred)) + (1 - y) * np.log(1 - sigmoid(pred)))
def logloss_grad(pred, y):
    p = sigmoid(pred)
    grad, hess = p - y, p * (1 - p)
    return grad, hess
def pseudo(r): return np.sqrt(1 + r ** 2)
def pseudo_grad(r):
    grad = r / np.sqrt(1 + r ** 2)
    hessian = (1 + r ** 2) ** -1.5
    return grad, hessian
"""


def test_a_second_derivative_beside_the_first_is_no_gradient(written):
    assert {r.outcome for r in written(CURVED).checks().values()} == {"correct"}
    assert written(CURVED, "p - y, p", "y - p, p").check("logloss").outcome in ("wrong", "factor")
    assert written(CURVED, "grad = r / np", "grad = -r / np").check("pseudo").outcome in ("wrong", "factor")


NEXT = """
def spread_forward(a_curr):
    return a_curr - np.log(np.sum(np.exp(a_curr), axis=-1, keepdims=True))
def spread_backward(a_curr, h_curr, g_next):
    return g_next - np.sum(g_next, axis=-1, keepdims=True) * np.exp(h_curr)
"""


def test_what_comes_from_the_next_layer_is_an_upstream_gradient(written):
    assert written(NEXT).check("spread").outcome == "correct"
    assert (
        written(NEXT, "np.sum(g_next, axis=-1, keepdims=True)", "np.sum(g_next)").check("spread").outcome == "wrong"
    )
