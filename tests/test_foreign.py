"""Layers are found in other people's text, and only as much of it is run as they need."""

import json
import math

import numpy as np
import pytest

from derivexplain import conventions, foreign, python_text
from derivexplain.errors import InputError
from derivexplain.foreign.asking.returned import Returned
from derivexplain.foreign.building import making

LAYER = """
class Twice:
    def forward(self, x):
        return 2 * x
    def backward(self, dout):
        return 2 * dout
"""


def test_only_definitions_run(written, tmp_path):
    code = written(LAYER + "SIZE = 3 * 4\nraise SystemExit('training')\nopen('x', 'w')\n")
    layers, module = foreign.find(str(code.path), conventions)
    assert [n for n, _ in layers] == ["Twice"] and module.names["SIZE"] == 12
    assert not (tmp_path / "x").exists()


def test_numbers_worked_out_with_what_is_imported_are_taken(written):
    text = "from math import sqrt, pi\nimport numpy as xp\nK, S = sqrt(2 / pi), xp.log(2)\nL = xp.load('x.npy')\n"
    _, module = foreign.find(str(written(text).path), conventions)
    assert (module.names["K"], module.names["S"]) == (math.sqrt(2 / math.pi), np.log(2)) and "L" not in module.names


def test_a_sibling_is_read_the_same_way(written):
    written("print(1/0)\ndef double(x):\n    return 2 * x\n", at="helper.py")
    (layer,) = written("from helper import double" + LAYER, "return 2 * x", "return double(x)").layers.values()
    assert layer().forward(3) == 6


def test_a_notebook_and_markdown_keep_their_lines(written):
    cells = [
        {"cell_type": "markdown", "source": "hi"},
        {"cell_type": "code", "source": "%matplotlib inline\n!ls\n" + LAYER},
    ]
    assert list(written(json.dumps({"cells": cells}), at="a.ipynb").layers) == ["Twice"]
    page = f"# Title\n\n```python{LAYER}```\n\n```\nsome output here\n```\n"
    (layer,) = written(page, at="a.md").layers.values()
    assert layer.__derivexplain_source__.first == 4


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.py", "def f(:\n", "syntax error"),
        ("a.py", "print 'x'\n", "Python 2"),
        ("a.ipynb", "not json", "no notebook"),
        ("a.py", "x = 1\n", "no layer"),
    ],
)
def test_bad_files_say_what_is_wrong(written, name, content, says):
    with pytest.raises(InputError, match=says):
        written(content, at=name).check()


def test_bytes_folders_and_missing_files(tmp_path):
    (tmp_path / "b.py").write_bytes(b"\xff\xfe\x00")
    for path, says in ((tmp_path / "b.py", "UTF-8"), (tmp_path, "folder"), (tmp_path / "none.py", "no such file")):
        with pytest.raises(InputError, match=says):
            python_text.read(str(path))


def test_abstract_bases_are_no_layers_but_endless_loops_are(written):
    text = """
    class B:
        def forward(self, x):
            raise NotImplementedError
        def backward(self, d):
            pass
    class C(B):
        def forward(self, *x):
            raise NotImplementedError(f'{type(self).__name__} has none')
    class L:
        def forward(self, x):
            while True: pass
        def backward(self, d):
            return d
    """
    assert list(written(text).layers) == ["L"]


def test_a_call_with_nothing_but_keywords_is_read_for_attributes(written):
    """Its bytecode loads an empty tuple where other code loads a name."""
    text = """
    class L:
        def forward(self, x, **options):
            return np.tanh(**options, x=x) if options else x * self.w
        def backward(self, d):
            return d
    """
    assert list(written(text).layers) == ["L"]


def test_pairs_of_functions(written):
    text = """
    def relu(x): return x
    def relu_prime(x): return 1
    def d_tanh(x): return 1
    def tanh(x): return x
    def fc_forward(x, w): return x, w
    def fc_backward(dout, cache): return dout
    def exp(x): return np.exp(x)
    def exp_bp(dout, y): return dout * y
    """
    assert sorted((n, p.local) for n, p in written(text).layers.items()) == [
        ("exp", False),
        ("fc", False),
        ("relu", True),
        ("tanh", True),
    ]


SPECIFICATIONS = (
    "(N,D) +(D) u(N,D) p(N,D) p'(D,N) 1hot(N,D) 1hot'(D,N) lab(N)<D idx(N,T)<V (H,H+D) (4H) () pm(N) bin(N)"
)


@pytest.mark.parametrize("spec", SPECIFICATIONS.split())
def test_specifications(spec):
    value = making.make(spec, np.random.default_rng(0), conventions.SIZES)
    inner = spec[spec.index("(") + 1 : spec.index(")")]
    assert np.shape(value) == tuple(making.length(t, conventions.SIZES) for t in inner.split(",") if t)
    if spec[0] == "p" and spec[1] != "m":
        assert np.allclose(np.sum(value, axis=0 if "'" in spec else -1), 1)


def test_every_scene_can_be_made():
    for scene in conventions.SCENES:
        for spec in scene.roles.values():
            making.make(spec, np.random.default_rng(0), conventions.SIZES)


def test_annotations_are_not_asked_for(written):
    """A base in another file that names itself in its own signatures."""
    base = """
    from __future__ import annotations
    import numpy as np
    class Base:
        @classmethod
        def made(cls) -> Base:
            return cls()
        def doubled(self, a):
            return 2 * a
    """
    text = """
    from base import Base
    class Twice(Base):
        def forward(self, x):
            return self.doubled(x)
        def backward(self, dout):
            return self.doubled(dout)
    """
    written(base, at="base.py")
    assert written(text).check().outcome == "correct"


def test_a_function_with_two_derivatives_is_two_layers(written):
    """Each derivative is checked, the second under its own name."""
    text = """
    def square(x): return x**2
    def d_square(x): return 2 * x
    def square_derivative(x): return x
    """
    reports = written(text).checks()
    assert {n: r.outcome for n, r in reports.items()} == {"square": "correct", "square_derivative": "factor"}


def test_what_stands_between_a_function_and_its_derivative_is_not_theirs(written):
    code = written("""
    def cube(z):
        return z**3
    class Linear:
        def __init__(self, W):
            self.W, self.grads = W, {}
        def forward(self, x):
            self.x = x
            return x @ self.W
        def backward(self, grad):
            self.grads['W'] = self.x.T @ grad
            return grad @ self.W.T
    def cube_grad(z):
        dz = 3 * z**2
        return dz
    """)
    source = code.layers["cube"].source
    assert "grads" not in source.text and source.line(14).strip() == "dz = 3 * z**2"
    assert code.check("cube").outcome == "correct"


def test_what_stands_in_for_a_missing_helper_is_no_layer_of_the_file(written):
    with pytest.raises(InputError, match="no layer sigmoid"):
        written(LAYER).check("sigmoid")


def test_a_result_that_has_no_name_is_the_input_s_whatever_the_shapes_suggest():
    new, slopes, delta = np.ones((5, 3)), np.ones((5, 5)), np.zeros((5, 3))
    shapes = {"x": (5, 3), "W": (5, 5), "b": (5, 1)}
    names = ("new", "nabla_W", "nabla_b")
    returned = Returned(["x"], ["W", "b"], shapes, names, conventions)
    found, _ = returned.gradients((new, slopes, delta))
    assert found["x"] is new and found["W"] is slopes and found["b"] is delta
