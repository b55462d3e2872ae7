"""Factories: functions that return a layer's functions, which share what stands around them."""

import ast

import pytest

from derivexplain.foreign.text.factories import as_classes

PAIR = """

def linear(n_in, n_out, scale=0.1):
    '''A dense layer.'''
    W = scale * np.random.randn(n_in, n_out)
    b = np.zeros(n_out)
    x_saved = None

    def forward(x):
        nonlocal x_saved
        x_saved = x
        return x @ W + b

    def backward(grad):
        dW, db = x_saved.T @ grad, grad.sum(axis=0)
        return grad @ W.T, dW, db

    return forward, backward
"""
GIVEN = """

def dense(W, b):
    def forward(x):
        y = np.tanh(x @ W + b)

        def backward(dy):
            d = dy * (1 - y ** 2)
            return d @ W.T, x.T @ d, d.sum(0)

        return y, backward

    return forward
"""
BOX = """

def sigmoid_layer():
    saved = {}
    def fwd(z):
        saved["a"] = 1 / (1 + np.exp(-z))
        return saved["a"]
    def bwd(da):
        a = saved["a"]
        return da * a * (1 - a)
    return {"forward": fwd, "backward": bwd}
"""
SPACE = """
from types import SimpleNamespace

def scaled(n):
    params = {"w": np.random.randn(n)}
    grads = {}
    cache = []
    def forward(x):
        cache.clear()
        cache.append(x)
        return x * params["w"]
    def backward(d):
        grads["w"] = np.sum(d * cache[0], axis=0)
        return d * params["w"]
    return SimpleNamespace(forward=forward, backward=backward, params=params, grads=grads)
"""
SLIPS = {
    "pair": (PAIR, ("grad @ W.T", "grad @ W"), "`grad @ W` should read `grad @ W.T`"),
    "given": (GIVEN, ("1 - y", "1 + y"), "`1 + y ** 2` should read `1 - y ** 2`"),
    "a dict": (BOX, ("1 - a)", "1 + a)"), "`1 + a` should read `1 - a`"),
    "a namespace": (SPACE, ('return d * params["w"]', "return d"), "`d` should read `d * params['w']`"),
}


@pytest.mark.parametrize("form", SLIPS)
def test_a_factory_is_a_layer(form, written):
    text, slip, said = SLIPS[form]
    right = written(text).check()
    assert right.outcome == "correct" and right.verdict.status == "proved"
    report = written(text, *slip).check()
    assert report.outcome in ("wrong", "crashes")
    assert said in " ".join(d.message for f in report.findings for d in f.diagnosis)


def test_a_class_stands_line_for_line_in_its_place():
    text = PAIR + "\n\nprint(linear(2, 3))"
    changed, tree = as_classes(text, ast.parse(text))
    assert len(changed.split("\n")) == len(text.split("\n"))
    names = [getattr(n, "name", "") for n in tree.body]
    assert names == ["linear", ""] and isinstance(tree.body[0], ast.ClassDef)
    space = {"np": __import__("numpy")}
    exec(compile(tree.body[0] and ast.Module(tree.body[:1], []), "here", "exec"), space)
    forward, backward = space["linear"](2, 3)
    assert forward(space["np"].ones((4, 2))).shape == (4, 3)
    assert backward(space["np"].ones((4, 3)))[0].shape == (4, 2)


OTHER = {
    "no functions within": "def f(x):\n    return x, x\n",
    "a function alone": "\ndef f(n):\n    def forward(x):\n        return x * n\n    return forward\n",
    "a line before it": "x = 1\ndef f(n):\n    def forward(x):\n        return x\n    def backward(d):\n"
    "        return d\n    return forward, backward\n",
    "what is done later": "\ndef f(n):\n    def forward(x):\n        return x\n    n += 1\n    def backward(d):\n"
    "        return d\n    return forward, backward\n",
}


@pytest.mark.parametrize("what", OTHER)
def test_other_functions_stay_as_they_are(what):
    text = OTHER[what]
    assert as_classes(text, ast.parse(text))[0] == text
