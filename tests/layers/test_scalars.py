"""The scalar catalogue: stable code, dtypes kept, dout untouched, and the same mathematics as the formula."""

import warnings

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.api.targets import formula_of, name_of
from derivexplain.evaluation import evaluate
from derivexplain.layer import Layer
from derivexplain.layers import activations, arithmetic, losses, rectifiers

LAYERS = [
    value
    for module in (arithmetic, activations, rectifiers, losses)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Layer) and value.formula and value.__module__ == module.__name__
]
ONE = [c for c in LAYERS if len(c.inputs()) == 1]
GROWS = {"exp", "expm1", "exp2"}  # infinite at 1000, as the function is


def both(cls, seed=0):
    """A layer, its arguments, an upstream gradient of both signs, and the gradients by name."""
    rng = np.random.default_rng(seed)
    layer, args = cls.example(rng)
    out = layer.forward(*args)
    dout = rng.standard_normal(np.shape(out))
    given = layer.backward(dout)
    given = given if isinstance(given, tuple) else (given,)
    gradients = dict(zip(cls.inputs(), given, strict=True)) | {p: getattr(layer, f"d{p}") for p in cls.params}
    env = dict(zip(cls.inputs(), args, strict=True)) | vars(layer)
    return layer, env, out, dout, gradients


@pytest.mark.parametrize("cls", LAYERS, ids=lambda c: c.name)
def test_forward_is_the_formula(cls):
    layer, env, out, _, _ = both(cls)
    env = {k: v for k, v in env.items() if k in {name_of(s) for s in formula_of(layer).expr.free_symbols}}
    assert np.allclose(evaluate(formula_of(layer).expr, env), out, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("cls", LAYERS, ids=lambda c: c.name)
def test_backward_is_the_derivation_and_the_claim(cls):
    layer, env, _, dout, gradients = both(cls)
    for letter, gradient in gradients.items():
        d = dx.derive(cls, wrt=letter)
        names = {s.name for s in d.result.free_symbols}
        local = evaluate(d.result, {k: v for k, v in env.items() if k in names})
        want = np.broadcast_to(local, dout.shape) * dout
        want = want if np.shape(gradient) else want.sum()
        assert np.allclose(gradient, want, rtol=1e-9, atol=1e-12), letter
        assert dx.verify(cls, cls.claims[letter], wrt=letter).ok, letter


@pytest.mark.parametrize("cls", LAYERS, ids=lambda c: c.name)
def test_there_is_a_form_or_a_reason(cls):
    for letter in cls.inputs():
        d = dx.derive(cls, wrt=letter)
        assert d.verdict.ok and all(s.holds for s in d.steps)
        assert d.output_form is not None or d.witness is not None


@pytest.mark.parametrize("cls", LAYERS, ids=lambda c: c.name)
def test_dtypes_shapes_and_dout_are_kept(cls):
    rng = np.random.default_rng(1)
    layer, args = cls.example(rng)
    small = tuple(np.asarray(a, np.float32) for a in args)
    out = layer.forward(*small)
    dout = np.ones_like(out)
    dout.flags.writeable = False
    given = layer.backward(dout)
    for gradient in given if isinstance(given, tuple) else (given,):
        assert np.asarray(gradient).dtype == np.float32
    assert np.asarray(out).dtype == np.float32
    assert np.array_equal(dout, np.ones_like(out))


@pytest.mark.parametrize("cls", ONE, ids=lambda c: c.name)
@pytest.mark.parametrize(
    "x", [0.5, 2, [1, 2, 3], [[0.25, 0.5]], np.ones((2, 3, 4))], ids=["float", "int", "list", "nested", "3-D"]
)
def test_scalars_lists_and_arrays(cls, x):
    layer = cls()
    out = np.asarray(layer.forward(x))
    assert out.shape == np.shape(x)
    assert np.shape(layer.backward(np.ones(out.shape))) == out.shape


@pytest.mark.parametrize("cls", ONE, ids=lambda c: c.name)
def test_no_overflow_far_out(cls):
    low = cls.domain.get("x", (None, None))[0]
    x = np.array([1000.0, 30.0] if low is not None else [-1000.0, -30.0, 30.0, 1000.0])
    if cls.name in GROWS:
        x = x[x < 100]
    layer = cls()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(layer.forward(x)).all()
        assert np.isfinite(layer.backward(np.ones(x.shape))).all()


@pytest.mark.parametrize("cls", [c for c in ONE if c.kinks], ids=lambda c: c.name)
def test_the_value_at_a_kink_is_the_one_stated(cls):
    layer = cls()
    for kink in dx.derive(cls).kinks:
        env = {k: v for k, v in vars(layer).items() if np.isscalar(v)}
        at = np.array([float(evaluate(kink.at.rhs, {k: v for k, v in env.items() if kink.at.rhs.has(k) or True}))])
        layer.forward(at)
        stated = float(evaluate(kink.value, env))
        assert layer.backward(np.ones(1))[0] == pytest.approx(stated)


def test_broadcast_operands_get_gradients_of_their_own_shape():
    x, y = np.arange(1.0, 7.0).reshape(2, 3), np.array([1.0, 2.0, 4.0])
    for cls in (arithmetic.Add, arithmetic.Sub, arithmetic.Mul, arithmetic.Div, arithmetic.Pow, arithmetic.Maximum):
        layer = cls()
        dx_, dy = layer.backward(np.ones_like(layer.forward(x, y)))
        assert dx_.shape == (2, 3) and dy.shape == (3,)


def test_a_scalar_layer_is_short():
    import inspect

    assert max(len(inspect.getsource(c).splitlines()) for c in LAYERS) <= 26
