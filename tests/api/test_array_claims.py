import re

import pytest

import derivexplain as dx
from derivexplain.api.targets import formula_of
from derivexplain.arrays.axes import has_indices, lay_out
from derivexplain.errors import InputError
from derivexplain.layers import catalogue

AFFINE = "y[i,j] = sum(k, x[i,k]*W[k,j]) + b[j]"
CLAIMS = [
    (name, wrt)
    for name, layer in catalogue.items()
    if has_indices(formula_of(layer))
    for wrt in layer.claims
]  # fmt: skip


def test_there_are_claims():
    assert len(CLAIMS) >= 90


@pytest.mark.parametrize(("name", "wrt"), CLAIMS)
def test_every_layer_states_its_gradient(name, wrt):
    verdict = dx.verify(name, catalogue[name].claims[wrt], wrt=wrt)
    assert verdict.status == "agrees"
    assert verdict.points >= 6


@pytest.mark.parametrize(
    ("wrt", "claim"),
    [
        ("x", "sum(j, g[i,j]*W[k,j])"),
        ("W", "sum(i, x[i,k]*g[i,j])"),
        ("b", "sum(i, g[i,j])"),
        ("W", "dW[p,q] = sum(n, x[n,p]*g[n,q])"),
        ("W", "h[i,j] = 2*g[i,j]\ndW[k,j] = sum(i, x[i,k]*h[i,j])/2"),
    ],
)
def test_right_claims(wrt, claim):
    assert dx.verify(AFFINE, claim, wrt=wrt).ok


@pytest.mark.parametrize(
    ("wrt", "claim"),
    [
        ("W", "sum(i, x[i,k])"),
        ("W", "sum(i, x[i,k]*g[i,j])/N_i"),
        ("b", "g[0,j]"),
        ("x", "-sum(j, g[i,j]*W[k,j])"),
    ],
)
def test_wrong_claims_show_an_entry(wrt, claim):
    verdict = dx.verify(AFFINE, claim, wrt=wrt)
    assert verdict.status == "refuted"
    assert list(verdict.counterexample)[0].startswith(f"{wrt}[")
    assert abs(verdict.claimed - verdict.true) > 1e-9
    assert "shapes" in verdict.note


def test_softmax_without_its_sum_is_refuted():
    assert dx.verify("softmax", "g[i,j]*y[i,j]*(1 - y[i,j])", wrt="x").status == "refuted"


@pytest.mark.parametrize(
    ("claim", "wrt", "word"),
    [
        ("g[p,q]", "W", "free"),
        ("dW[k] = sum(i, j, x[i,k]*g[i,j])", "W", "indices"),
        ("sum(i, x[i,k]*h[i,j])", "W", "h"),
        ("g[i,j]", "Q", "Q"),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused(claim, wrt, word):
    with pytest.raises(InputError, match=word):
        dx.verify(AFFINE, claim, wrt=wrt)


@pytest.mark.parametrize(
    ("wrt", "claim", "code", "told"),
    [
        ("x", "sum(j, g[i,j]*W[j,k])", "transposed", "W[k,j] belongs where W[j,k] stands"),
        ("W", "sum(i, x[k,i]*g[i,j])", "transposed", "x is transposed"),
        ("b", "g[i,j]", "unsummed", "the sum over i is missing"),
        ("W", "sum(i, x[i,k]*g[i,j])/N_i", "scale-n", "N_i is missing"),
        ("b", "N_k*sum(i, g[i,j])", "scale-n", "N_k stands too much"),
        ("x", "-sum(j, g[i,j]*W[k,j])", "sign", "the sign is wrong"),
        ("x", "3*sum(j, g[i,j]*W[k,j])", "factor", "the factor 3 stands too much"),
        ("b", "sum(i, y[i,j])", "swapped", "y stands where g belongs"),
    ],
)
def test_the_slip_in_a_claim_is_named(wrt, claim, code, told):
    verdict = dx.verify(AFFINE, claim, wrt=wrt)
    assert verdict.status == "refuted"
    assert [d.code for d in verdict.diagnosis] == [code]
    assert told in verdict.diagnosis[0].message


@pytest.mark.parametrize(("name", "wrt"), [c for c in CLAIMS if "=" not in str(catalogue[c[0]].claims[c[1]])])
def test_a_wrong_sign_is_named_everywhere(name, wrt):
    verdict = dx.verify(name, f"-({catalogue[name].claims[wrt]})", wrt=wrt)
    assert [d.code for d in verdict.diagnosis] == ["sign"]


def test_where_no_single_change_helps_nothing_is_named():
    assert dx.verify(AFFINE, "sum(i, x[i,k]^2)", wrt="W").diagnosis == ()


def test_a_loss_may_leave_its_upstream_gradient_out():
    right, wrong = (dx.verify("L = sum(i, x[i]^2)", claim, wrt="x") for claim in ("2*x[i]", "3*x[i]"))
    assert right.status == "agrees" and "g = 1" in right.note
    assert wrong.status == "refuted" and wrong.true == pytest.approx(2 * next(iter(wrong.counterexample.values())))


@pytest.mark.parametrize(
    "forward, claim, wrt, gradient",
    [
        ("y[i,j] = x[i,j]^2", "2*x[i,j]", "x", "2·g[i,j]·x[i,j]"),
        ("y[i,j] = sum(k, x[i,k]*W[k,j])", "sum(i, x[i,k])", "W", "sum(i, g[i,j]·x[i,k])"),
    ],
)
def test_an_upstream_gradient_left_out_is_named(forward, claim, wrt, gradient):
    found = dx.verify(forward, claim, wrt=wrt)
    assert found.diagnosis[0].code == "dout-ignored" and found.diagnosis[0].message.endswith(f"is {gradient}")
    assert found.understood[0][0] == "forward"


def test_the_diagonal_of_softmax_alone_is_named():
    found = dx.verify("y[i,j] = exp(x[i,j])/sum(k, exp(x[i,k]))", "y[i,j]*(1 - y[i,j])*g[i,j]", wrt="x")
    (slip,) = found.diagnosis
    assert slip.code == "diagonal-only" and slip.message.endswith("y[i,j]·(g[i,j] - sum(m, g[i,m]·y[i,m]))")


@pytest.mark.parametrize(
    ("forward", "wrt", "claim", "about"),
    [
        ("softmax", "x", "y*(g - sum(j, g*y))", "x[i,j]"),
        ("softmax", "x", "dx[n,k] = y*(g - sum(k, g*y))", "dx[n,k]"),
        ("softmax", "x", "y[n,k]*(g[n,k] - sum(m, y[n,m]*g[n,m]))", "x[n,k]"),
        (AFFINE, "x", "sum(m, g[n,m]*W[p,m])", "x[n,p]"),
        (AFFINE, "b", "sum(n, g[n,q])", "b[q]"),
    ],
)
def test_a_claim_may_be_about_whole_arrays_or_in_letters_of_its_own(forward, wrt, claim, about):
    verdict = dx.verify(forward, claim, wrt=wrt)
    assert verdict.ok and str(dict(verdict.understood)["wrt"]).replace(" ", "") == about


def test_an_entry_by_itself_is_refuted_where_its_row_matters():
    for claim in ("g*y*(1 - y)", "y*(1 - y)", "g[n,k]*y[n,k]*(1 - y[n,k])"):
        assert [d.code for d in dx.verify("softmax", claim).diagnosis] == ["diagonal-only"]


@pytest.mark.parametrize(
    ("wrt", "claim", "said"),
    [
        ("x", "g*W", r"W has 2 axes.*write W\[k,j\]"),
        ("b", "sum(i, g)", r"g has 2 axes.*write g\[i,j\]"),
        ("x", "g[n,q]", r"index n is free.*the claim is about x\[i, k\]"),
        ("x", "b", r"b has 1 axis.*write b\[j\]"),
    ],
)
def test_what_is_no_entry_is_told(wrt, claim, said):
    with pytest.raises(InputError) as told:
        dx.verify(AFFINE, claim, wrt=wrt)
    assert re.search(said, str(told.value), re.DOTALL)


@pytest.mark.parametrize("name", [n for n, layer in catalogue.items() if has_indices(formula_of(layer))][::5])
def test_whatever_is_claimed_there_is_a_verdict_or_one_message(name):
    layer = catalogue[name]
    layout = lay_out(formula_of(layer))
    names = [*layout.axes, *map(layout.upstream, layout.outputs)]
    for wrt in layer.claims:
        for claim in (*names, *(f"{a}*{b}" for a, b in zip(names, names[1:]))):
            try:
                dx.verify(name, claim, wrt=wrt)
            except InputError as error:
                assert error.mend
