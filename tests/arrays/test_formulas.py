"""Array formulas beyond the catalogue: the derived code against differences, and the form people use."""

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.api.targets import resolve
from derivexplain.arrays.axes import lay_out
from derivexplain.arrays.probing import Probe
from derivexplain.codegen import run
from derivexplain.evaluation import evaluate_formula

FORMULAS = {
    "bilinear": "y[n,k] = sum(i, sum(j, x[n,i]*W[k,i,j]*z[n,j])) + b[k]",
    "gram": "y[i,j] = sum(k, x[i,k]*x[j,k])",
    "squared distances": "d[i,j] = sum(k, (x[i,k] - z[j,k])**2)",
    "log-sum-exp over two axes": "y[n] = log(sum(i, sum(j, exp(x[n,i,j]))))",
    "cosine of rows": "y[n] = sum(k, x[n,k]*z[n,k])/(sqrt(sum(k, x[n,k]**2))*sqrt(sum(k, z[n,k]**2)))",
    "weighted mean": "y[n] = sum(k, w[k]*x[n,k])/sum(k, w[k])",
    "three factors": "y[i,l] = sum(j, sum(k, A[i,j]*B[j,k]*C[k,l]))",
    "Mahalanobis": "d[n,i] = x[n,i] - m[i]; y[n] = sum(i, sum(j, d[n,i]*P[i,j]*d[n,j]))",
    "Hopfield": "y = sum(i, b[i]*s[i]) - sum(i, sum(j, s[i]*W[i,j]*s[j]))/2",
    "contrastive": "s[i,j] = sum(k, x[i,k]*z[j,k])/tau; p[i,j] = exp(s[i,j])/sum(k, exp(s[i,k])); L = -sum(i, log(p[i,i]))",
    "batched product": "y[b,i,j] = sum(k, x[b,i,k]*W[b,k,j])",
    "depthwise": "y[n,c,i] = sum(u, x[n,c,i+u]*W[c,u])",
    "dilated": "y[n,f,i] = sum(c, sum(u, x[n,c,i+2*u]*W[f,c,u]))",
    "factorization machine": "y[n] = sum(f, sum(i, x[n,i]*V[i,f])**2 - sum(i, x[n,i]**2*V[i,f]**2))/2",
    "triplet": "y = sum(n, max(0, sum(k, (a[n,k]-p[n,k])**2) - sum(k, (a[n,k]-q[n,k])**2) + 1))",
    "linear attention": "S[k,v] = sum(t, exp(K[t,k])*V[t,v]); z[k] = sum(t, exp(K[t,k])); "
    "y[t,v] = sum(k, exp(Q[t,k])*S[k,v])/sum(k, exp(Q[t,k])*z[k])",
}


def differences(layout, probe, wrt, step=1e-6):
    """What a nudge either way on every entry does to the weighted sum of the output."""
    (output,) = layout.outputs
    given = {n: np.array(probe.env[n], float) for n in layout.given}
    found = np.zeros(np.shape(given[wrt]))
    for place in np.ndindex(found.shape):
        for sign in (1, -1):
            moved = np.array(given[wrt])
            moved[place] += sign * step
            y = evaluate_formula(layout.formula, {**given, wrt: moved}, probe.sizes)[output]
            found[place] += sign * np.sum(probe.env["g"] * y) / (2 * step)
    return found


@pytest.mark.parametrize("text", FORMULAS.values(), ids=FORMULAS)
def test_derived_code_agrees_with_differences(text):
    layout = lay_out(resolve(text, wrt="x").formula)
    for wrt in layout.given:
        code = dx.derive(text, wrt=wrt).code("numpy")
        for which in (0, 1):
            probe = Probe.at(layout, which, seed=5)
            found, wanted = run(code, {**probe.env, "dout": probe.env["g"]}), differences(layout, probe, wrt)
            assert np.shape(found) == np.shape(wanted), (wrt, code)
            np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6, err_msg=f"{wrt}: {code}")


@pytest.mark.parametrize(
    ("text", "wrt", "form"),
    [
        ("y[i] = exp(x[i])/sum(j, exp(x[j]))", "x", "(g[i] - SumOver(g[m]*y[m], m))*y[i]"),
        ("p[i] = exp(x[i]/T)/sum(j, exp(x[j]/T))", "x", "(g[i] - SumOver(g[m]*p[m], m))*p[i]/T"),
        (
            "p[n,i] = exp(x[n,i])/sum(j, exp(x[n,j])); y[n] = -sum(i, p[n,i]*log(p[n,i]))",
            "x",
            "-(log(p[n, i]) + y[n])*g[n]*p[n, i]",
        ),
        (FORMULAS["weighted mean"], "w", "(SumOver(g[n]*x[n, k], n) - SumOver(g[n]*y[n], n))/SumOver(w[m], m)"),
        ("y = sqrt(sum(i, sum(j, W[i,j]**2)))", "W", "g*W[i, j]/y"),
        ("mean_squared_error", "x", "2*g*(-t[n, k] + x[n, k])/(N_k*N_n)"),
        ("sigmoid_with_loss", "x", "g*(-t[n, k] + y[n, k])/(N_k*N_n)"),
    ],
)
def test_the_form_people_use(text, wrt, form):
    assert str(dx.derive(text, wrt=wrt).output_form) == form


def test_what_two_branches_share_stands_in_front():
    """The same condition on both terms: 2 g (q - p) where the hinge is open."""
    form = dx.derive(FORMULAS["triplet"], wrt="a").output_form
    assert str(form).count("Piecewise") == 1


def test_shares_over_two_axes_add_up_to_one():
    d = dx.derive("y[n,i,j] = exp(x[n,i,j])/sum(k, sum(l, exp(x[n,k,l])))", wrt="x")
    assert "shares" in [s.law for s in d.steps]
    assert str(d.output_form) == "(g[n, i, j] - SumOver(SumOver(g[n, m, p]*y[n, m, p], p), m))*y[n, i, j]"


def test_deviations_from_a_mean_add_up_to_nothing():
    """The way by the mean is the classical surprise of batch normalisation: the variance does not feel it."""
    d = dx.derive("batch_norm", wrt="x")
    mean = next(g for g in d.gradients if "mu" in str(g.symbol))
    assert mean.steps[-1].law == "deviations"
    assert str(mean.form) == "-r[j]*SumOver(Derivative(L, xhat[n, j]), n)"
