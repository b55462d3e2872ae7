import numpy as np
import pytest
import sympy as sp

import derivexplain as dx
from derivexplain.codegen import run
from derivexplain.errors import InputError
from derivexplain.layers import catalogue

CODE = {
    ("y[i,j] = x[i,j]*w[j]", "w"): "(dout * x).sum(axis=0)",
    ("y[i,j] = x[i,j]*w[i]", "w"): "(dout * x).sum(axis=1)",
    ("y[i,j] = x[i,j]*w[i]", "x"): "dout * w[:, None]",
    ("y[i] = sum(j, x[i,j])", "x"): "np.broadcast_to(dout[:, None], np.shape(x))",
    ("y[i,j,k] = sum(a, x[i,j,a]*W[a,k])", "x"): "dout @ W.T",
    ("y[i,j,k] = sum(a, x[i,j,a]*W[a,k])", "W"): 'np.einsum("ijk,ija->ak", dout, x)',
    ("y[b,i,j] = sum(k, x[b,i,k]*z[b,k,j])", "x"): "dout @ z.transpose(0, 2, 1)",
    ("y[i] = sum(j, A[i,j]*x[j])", "x"): "A.T @ dout",
    ("y[i] = sum(j, A[i,j]*x[j])", "A"): "dout[:, None] * x",
    ("y = sum(i, x[i]^2)/2", "x"): "dout * x",
    ("y[i] = max(0, x[i])", "x"): "dout * np.where(x > 0, 1, 0)",
}


@pytest.mark.parametrize(("formula", "wrt"), CODE)
def test_the_text_is_what_one_writes(formula, wrt):
    assert f"d{wrt} = {CODE[formula, wrt]}\n" in dx.derive(formula, wrt=wrt).code("numpy")


def test_only_what_is_used_is_asked_for():
    code = dx.derive("batch_norm", wrt="x").code("numpy")
    assert code.startswith("def grad_x(dout, r, xhat, gamma):")
    assert "dv" not in code


def test_two_outputs_bring_two_upstream_gradients():
    assert "def grad_c(dhn, dcn, " in dx.derive("lstm_cell", wrt="c").code("numpy")


def test_rows_that_were_looked_up_add():
    assert "np.add.at(dW, index, dout)" in dx.derive("embedding", wrt="W").code("numpy")


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "gelu", "softplus", "relu", "elu", "silu", "mish"])
def test_a_scalar_layer(name):
    if name not in catalogue:
        pytest.skip("not in the catalogue")
    layer = catalogue[name]()
    x, dout = np.random.default_rng(0).standard_normal((2, 3, 4))
    values = {"x": x, "y": layer.forward(x), "dout": dout}
    values |= {c: getattr(layer, c) for c in layer.constants}
    np.testing.assert_allclose(run(dx.derive(name).code(), values), layer.backward(dout), rtol=1e-10, atol=1e-13)


def test_an_unknown_dialect():
    with pytest.raises(InputError, match="dialect"):
        dx.derive("affine", wrt="W").code("fortran")


def test_brief_says_less():
    short, normal = (dx.derive("batch_norm", wrt="x", detail=d) for d in ("brief", "normal"))
    assert len(short.steps) < len(normal.steps)
    assert short.result == normal.result
    for gradient in short.gradients:
        assert gradient.steps[0].before == gradient.symbol
        assert all(a.after == b.before for a, b in zip(gradient.steps, gradient.steps[1:]))


@pytest.mark.parametrize("text", ["log(sin(x))", "erf(x)", "sech(x)", "acsc(x + 2)", "x*frac(x)", "acoth(x + 2)"])
def test_functions_that_numpy_lacks_are_said_in_those_it_has(text):
    d = dx.derive(text)
    at = np.array([0.3, 0.7])
    forward = sp.lambdify(list(d.formula.expr.free_symbols), d.formula.expr, "mpmath")
    ys = np.array([float(forward(v)) for v in at])
    found = run(d.code("numpy"), {"dout": np.ones(2), "x": at, "y": ys})
    true = [float(d.result.subs(dict.fromkeys(d.result.free_symbols, v))) for v in at]
    assert np.allclose(found, true)


def test_what_numpy_has_nothing_for_is_told():
    with pytest.raises(InputError, match="NumPy has nothing for besselj"):
        dx.derive("besselj(0, x)").code("numpy")
    assert "besselj" in dx.explain("besselj(0, x)", format="text")
