"""Containers that are given layers: filled with those of their file, and gone back through."""

import pytest

LINEAR = """
class Linear:
    def __init__(self, in_features, out_features):
        self.W, self.b = np.random.randn(in_features, out_features), np.zeros(out_features)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        self.dW, self.db = self.x.T @ grad, grad.sum(axis=0)
        return grad @ self.W.T
class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y
    def backward(self, grad):
        return grad * self.y * (1 - self.y)
"""
COLUMNS = """
class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return self.W @ x + self.b
    def backward(self, grad, lr):
        dx = self.W.T @ grad
        self.W = self.W - lr * grad @ self.x.T
        self.b = self.b - lr * grad.sum(axis=1, keepdims=True)
        return dx
class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)
    def backward(self, grad, lr):
        return grad * (self.x > 0)
"""
GIVEN = """
class Stack:
    def __init__(self, layers):
        self.layers = layers
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad
"""
SEVERAL = GIVEN.replace("(self, layers)", "(self, *layers)")
ADDED = GIVEN.replace("(self, layers)", "(self)").replace("= layers", "= []") + (
    "    def add(self, layer):\n        self.layers.append(layer)\n"
)
STEPPED = SEVERAL.replace("grad)", "grad, lr)").replace("reversed(self.layers)", "self.layers[::-1]")


@pytest.mark.parametrize("text", [LINEAR + GIVEN, LINEAR + SEVERAL, LINEAR + ADDED, COLUMNS + STEPPED])
def test_a_container_is_checked_with_layers_of_its_file(written, text):
    file = written(text)
    assert len(file.layers) == 3
    assert file.check("Stack").outcome == "correct"


@pytest.mark.parametrize("text", [LINEAR + GIVEN, COLUMNS + STEPPED])
def test_going_back_in_the_same_order_is_wrong(written, text):
    old, new = (
        ("reversed(self.layers)", "self.layers") if "reversed" in text else ("self.layers[::-1]", "self.layers")
    )
    report = written(text, old, new).check("Stack")
    assert report.outcome in ("wrong", "crashes")
    assert "inverted" in str(report)


def test_a_container_is_not_blamed_for_its_layers(written):
    report = written(LINEAR + GIVEN, "self.y * (1 - self.y)", "self.y * (1 + self.y)").check("Stack")
    assert report.outcome == "not-set-up"
    assert "Mend Sigmoid first" in str(report)


@pytest.mark.parametrize("layers", ["", LINEAR[LINEAR.index("class Sigmoid") :]])
def test_without_layers_that_tell_there_is_none_to_check(written, layers):
    assert "Stack" not in written(layers + GIVEN).layers
