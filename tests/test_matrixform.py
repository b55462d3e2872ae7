import pytest

import derivexplain as dx

WANTED = {
    ("affine", "x"): "G*W.T",
    ("affine", "W"): "x.T*G",
    ("linear", "x"): "G*W",
    ("linear", "W"): "G.T*x",
    ("affine_columns", "W"): "G*a.T",
    ("attention", "V"): "A.T*G",
    ("attention", "Q"): "c*dS*K",
    ("attention", "K"): "c*dS.T*Q",
    ("swiglu", "x"): "da*W.T + db*V.T",
    ("affine", "b"): "None",
    ("softmax", "x"): "None",
    ("mul", "x"): None,
}


@pytest.mark.parametrize(("name", "wrt"), WANTED)
def test_matrix_form(name, wrt):
    d = dx.derive(name, wrt=wrt)
    assert (str(d.gradients[-1].matrix_form) if d.gradients else None) == WANTED[name, wrt]


def test_shapes_fit():
    form = dx.derive("affine", wrt="x").gradients[-1].matrix_form
    assert list(map(str, form.shape)) == ["N_i", "N_k"]
