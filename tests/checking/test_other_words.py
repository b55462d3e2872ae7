"""Set-ups of layers in other words: methods, sizes and gradients as they are called in other languages and courses."""

import pytest

import derivexplain as dx

TRAINED = """
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
"""
BATCHED = """
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
"""
UPDATES = """
class Dense:
    def __init__(self, num, units):
        self.w, self.b = np.random.randn(num, units), np.zeros(units)
    def forward(self, x):
        self.x = x
        return x @ self.w + self.b
    def backward(self, diff):
        self.update_w, self.update_b = self.x.T @ diff, diff.sum(axis=0)
        return diff @ self.w.T
"""
ACTIVE = """
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
"""
SEVERAL = """
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
"""
SIDED = """
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
"""
STEM = """
def lineal(x):
    return 3 * x
def derivate_lineal(x):
    return 3
"""


@pytest.mark.parametrize("text", [TRAINED, BATCHED, UPDATES, ACTIVE, SEVERAL, SIDED, STEM])
def test_other_words_are_understood(text, tmp_path):
    path = tmp_path / "words.py"
    path.write_text("import numpy as np\n" + text)
    report = dx.check(str(path))
    assert report.outcome in ("correct", "hazards"), [f.message for f in report.findings]
    assert report.verdict.status == "proved"
