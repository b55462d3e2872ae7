"""Numbers through graphs: exact where Python is, forks add, and every mishap names its node."""

import numpy as np
import pytest

from derivexplain.computation import Computation, Operation, needed, ordered, run, sinks, tidy
from derivexplain.errors import InputError
from derivexplain.layer import Layer, unbroadcast


class Mul(Layer):
    def forward(self, x, y):
        self.x, self.y = np.asarray(x), np.asarray(y)
        return self.x * self.y

    def backward(self, dout):
        return unbroadcast(dout * self.y, self.x.shape), unbroadcast(dout * self.x, self.y.shape)


class Add(Layer):
    def forward(self, x, y):
        self.shapes = np.shape(x), np.shape(y)
        return np.add(x, y)

    def backward(self, dout):
        return tuple(unbroadcast(np.array(dout), s) for s in self.shapes)


class Both(Layer):
    """Two outputs: x + 1 and 2*x."""

    def forward(self, x):
        return x + 1, 2 * x

    def backward(self, da, db):
        return da + 2 * db


class Scale(Layer):
    params = ("k",)

    def __init__(self, k):
        self.k = k

    def forward(self, x):
        self.x = x
        return self.k * x

    def backward(self, dout):
        self.dk = np.sum(dout * self.x)
        return dout * self.k


def op(layer, inputs, output, **params):
    outputs = tuple(output.split()) if isinstance(output, str) else output
    return Operation(layer, tuple(inputs.split()), outputs, tuple(params.items()))


def test_the_shop_to_the_last_digit():
    shop = Computation(
        {"apple": 100, "n": 2, "tax": 1.1}, (op(Mul(), "apple n", "apples"), op(Mul(), "apples tax", "price"))
    )
    r = run(shop)
    assert repr(r.values["apples"]) == "200" and repr(r.values["price"]) == "220.00000000000003"
    assert {k: repr(v) for k, v in r.gradients.items()} == {
        "price": "1", "apples": "1.1", "tax": "200", "apple": "2.2", "n": "110.00000000000001",
    }  # fmt: skip


def test_operations_may_stand_in_any_order():
    operations = (op(Mul(), "a y", "z"), op(Add(), "x y", "a"))
    assert [o.name for o in ordered(Computation({"x": 1, "y": 2}, operations))] == ["a", "z"]
    assert run(Computation({"x": 1, "y": 2}, operations)).values["z"] == 6


def test_forks_add_up():
    r = run(Computation({"x": 3}, (op(Mul(), "x x", "s"), op(Add(), "s x", "y"))))
    assert r.values["y"] == 12 and r.gradients["x"] == 7
    assert [s.value for s in r.shares["x"]] == [1, 3, 3] and sum(s.value for s in r.shares["x"]) == 7


def test_the_same_layer_class_may_broadcast():
    r = run(Computation({"x": np.ones((2, 3)), "b": np.arange(3.0)}, (op(Add(), "x b", "y"),)))
    assert r.gradients["b"].tolist() == [2, 2, 2] and r.gradients["x"].shape == (2, 3)


def test_upstream_is_what_backward_starts_with():
    r = run(Computation({"x": np.ones(2), "y": np.arange(2.0)}, (op(Mul(), "x y", "z"),)), upstream=[3.0, -5.0])
    assert r.gradients["x"].tolist() == [0, -5]
    with pytest.raises(InputError, match="upstream has the shape"):
        run(Computation({"x": 1, "y": 2}, (op(Mul(), "x y", "z"),)), upstream=[1.0, 2.0])


def test_several_outputs_and_an_unused_one():
    both = Computation({"x": 5}, (op(Both(), "x", "a b"), op(Add(), "a b", "y")))
    assert run(both).gradients["x"] == 3
    assert run(both, of="b").gradients["x"] == 2 and run(both, of="b").gradients["a"] == 0


def test_parameters_are_values_too():
    r = run(Computation({"x": np.array([1.0, 2.0]), "k": 3.0}, (op(Scale(7), "x", "y", k="k"),)))
    assert r.values["y"].tolist() == [3, 6] and r.gradients["k"] == 3


def test_constants_get_no_gradient():
    r = run(Computation({"x": 2, "c": 5}, (op(Mul(), "x c", "y"),), frozenset({"c"})))
    assert "c" not in r.gradients and r.gradients["x"] == 5


@pytest.mark.parametrize("value", [2**31, 10**12, 2**31 - 1])
def test_large_integers_become_floats_before_they_overflow(value):
    names = [f"v{k}" for k in range(8)]
    chain = [op(Mul(), f"{a} x", b) for a, b in zip(["x", *names], names)]
    r = run(Computation({"x": value}, tuple(chain)))
    assert r.values["v7"] == pytest.approx(float(value) ** 9)
    assert r.gradients["x"] == pytest.approx(9 * float(value) ** 8)


def test_whole_numbers_that_stay_exact_stay_whole():
    r = run(Computation({"x": 7, "y": -3}, (op(Mul(), "x y", "z"),)))
    assert all(type(v) is int for v in [*r.values.values(), *r.gradients.values()])


def test_what_is_not_needed_is_not_computed():
    two = (op(Mul(), "x y", "z"), op(Add(), "x w", "other"))
    assert [o.name for o in needed(two, "z")] == ["z"]
    assert run(Computation({"x": 1, "y": 2, "w": None}, two), of="z").values == {"x": 1, "y": 2, "z": 2}
    assert sinks(Computation({"x": 1, "y": 2, "w": 3}, two)) == ("z", "other")


class Bad(Mul):
    def __init__(self, result):
        self.result = result

    def backward(self, dout):
        return self.result


class Forward(Layer):
    def __init__(self, result):
        self.result = result

    def forward(self, x):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def backward(self, dout):
        return dout


@pytest.mark.parametrize(
    ("given", "operations", "of", "words"),
    [
        ({}, [], None, "the graph is empty"),
        ({"x": None, "y": 1}, [op(Mul(), "x y", "z")], None, "input 'x' has no value"),
        ({"x": "3", "y": 1}, [op(Mul(), "x y", "z")], None, "'x' is no real number"),
        ({"x": True, "y": 1}, [op(Mul(), "x y", "z")], None, "'x' is no real number"),
        ({"x": float("nan"), "y": 1}, [op(Mul(), "x y", "z")], None, "input 'x' is nan"),
        ({"x": [1.0, float("inf")], "y": 1}, [op(Mul(), "x y", "z")], None, "inf in 1 of 2 entries"),
        ({"x": 1}, [op(Mul(), "x q", "z")], None, "uses 'q', which nothing computes"),
        ({"x": 1}, [op(Mul(), "x b", "a"), op(Mul(), "x a", "b")], None, "a cycle: (a -> b -> a|b -> a -> b)"),
        ({"x": 1}, [op(Mul(), "x z", "z")], None, "a cycle: z -> z"),
        ({"x": 1, "y": 2}, [op(Mul(), "x y", "a"), op(Add(), "x y", "b")], None, "has 2 ends: a, b"),
        ({"x": 1, "y": 2}, [op(Mul(), "x y", "a")], "q", "no node computes 'q'"),
        ({"x": np.ones(2), "y": np.ones(3)}, [op(Mul(), "x y", "z")], None, r"'z' \(mul\) cannot be computed from x"),
        ({"x": 1.0}, [op(Forward(np.inf), "x", "z")], None, r"'z' \(forward\) gives inf for x = 1.0"),
        ({"x": 1.0}, [op(Forward(ValueError("odd")), "x", "z")], None, "cannot be computed from x: 1.0: odd"),
        ({"x": 1.0}, [op(Forward((1.0, 2.0)), "x", "z")], None, "gives 2 values, 1 were named"),
        ({"x": 1, "y": 2}, [op(Bad(3), "x y", "z")], None, "gives 1 gradients, it has 2 inputs"),
        ({"x": 1, "y": 2}, [op(Bad((np.ones(2), 1)), "x y", "z")], None, r"'x' a gradient of shape \(2,\)"),
        ({"x": 1, "y": 2}, [op(Bad((np.nan, 1)), "x y", "z")], None, "gives 'x' the gradient nan"),
    ],
)
def test_every_mishap_names_its_place(given, operations, of, words):
    with pytest.raises(InputError, match=words):
        run(Computation(given, tuple(operations)), of=of)


def test_two_thousand_nodes():
    names = [f"v{k}" for k in range(2000)]
    chain = tuple(op(Add(), f"{a} x", b) for a, b in zip(["x", *names], names))
    r = run(Computation({"x": 1}, chain))
    assert r.values["v1999"] == 2001 == r.gradients["x"]


def test_tidy_gives_python_numbers():
    assert [repr(tidy(v)) for v in (np.int64(200), np.float64(1.1), np.asarray(2), 3)] == ["200", "1.1", "2", "3"]
    assert tidy(np.float32(0.1)).dtype == np.float32
