"""Layers are found in other people's text, and only as much of it is run as they need."""

import json

import numpy as np
import pytest

import derivexplain
from derivexplain import conventions, foreign, python_text
from derivexplain.errors import InputError
from derivexplain.foreign import making

LAYER = (
    "import numpy as np\nclass Twice:\n    def forward(self, x):\n        return 2 * x\n    def "
    "backward(self, dout):\n        return 2 * dout\n"
)


def write(folder, name, content):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def test_only_definitions_run(tmp_path):
    path = write(tmp_path, "a.py", LAYER + "SIZE = 3 * 4\nraise SystemExit('training')\nopen('x', 'w')\n")
    layers, module = foreign.find(path, conventions)
    assert [n for n, _ in layers] == ["Twice"] and module.names["SIZE"] == 12
    assert not (tmp_path / "x").exists()


def test_a_sibling_is_read_the_same_way(tmp_path):
    write(tmp_path, "helper.py", "print(1/0)\ndef double(x):\n    return 2 * x\n")
    path = write(
        tmp_path,
        "a.py",
        LAYER.replace("return 2 * x", "return double(x)").replace("import numpy as np", "from helper import double"),
    )
    ((_, layer),) = foreign.find(path, conventions)[0]
    assert layer().forward(3) == 6


def test_a_notebook_and_markdown_keep_their_lines(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": "hi"},
        {"cell_type": "code", "source": "%matplotlib inline\n!ls\n" + LAYER},
    ]
    notebook = write(tmp_path, "a.ipynb", json.dumps({"cells": cells}))
    assert [n for n, _ in foreign.find(notebook, conventions)[0]] == ["Twice"]
    page = write(tmp_path, "a.md", f"# Title\n\n```python\n{LAYER}```\n\n```\nsome output here\n```\n")
    ((_, layer),) = foreign.find(page, conventions)[0]
    assert layer.__derivexplain_source__.first == 5


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.py", "def f(:\n", "syntax error"),
        ("a.py", "print 'x'\n", "Python 2"),
        ("a.ipynb", "not json", "no notebook"),
        ("a.py", "x = 1\n", "no layer"),
    ],
)
def test_bad_files_say_what_is_wrong(tmp_path, name, content, says):
    with pytest.raises(InputError, match=says):
        foreign.load(write(tmp_path, name, content), None, conventions)


def test_bytes_folders_and_missing_files(tmp_path):
    (tmp_path / "b.py").write_bytes(b"\xff\xfe\x00")
    for path, says in ((tmp_path / "b.py", "UTF-8"), (tmp_path, "folder"), (tmp_path / "none.py", "no such file")):
        with pytest.raises(InputError, match=says):
            python_text.read(str(path))


def test_abstract_bases_are_no_layers_but_endless_loops_are(tmp_path):
    path = write(
        tmp_path,
        "a.py",
        "class B:\n    def forward(self, x):\n        raise NotImplementedError\n    def backward(self, "
        "d):\n        pass\n"
        "class C(B):\n    def forward(self, *x):\n        raise NotImplementedError(f'{type(self).__name__} has none')\n"
        "class L:\n    def forward(self, x):\n        while True: pass\n    def backward(self, d):\n    "
        "    return d\n",
    )
    assert [n for n, _ in foreign.find(path, conventions)[0]] == ["L"]


def test_pairs_of_functions(tmp_path):
    names = (
        "def relu(x): return x\ndef relu_prime(x): return 1\ndef d_tanh(x): return 1\ndef tanh(x): "
        "return x\ndef fc_forward(x, w): return x, w\ndef fc_backward(dout, cache): return dout\n"
    )
    layers = foreign.find(write(tmp_path, "a.py", names), conventions)[0]
    assert sorted((n, p.local) for n, p in layers) == [("fc", False), ("relu", True), ("tanh", True)]


@pytest.mark.parametrize(
    "spec",
    [
        "(N,D)",
        "+(D)",
        "u(N,D)",
        "p(N,D)",
        "p'(D,N)",
        "1hot(N,D)",
        "1hot'(D,N)",
        "lab(N)<D",
        "idx(N,T)<V",
        "(H,H+D)",
        "(4H)",
        "()",
        "pm(N)",
        "bin(N)",
    ],
)
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


def test_annotations_are_not_asked_for(tmp_path):
    """A base in another file that names itself in its own signatures."""
    (tmp_path / "base.py").write_text(
        "from __future__ import annotations\n\nclass Base:\n    @classmethod\n    def made(cls) -> Base:\n        return cls()\n\n"
        "    def doubled(self, a):\n        return 2 * a\n"
    )
    (tmp_path / "scale.py").write_text(
        "from base import Base\n\nclass Twice(Base):\n"
        "    def forward(self, x):\n        return self.doubled(x)\n\n"
        "    def backward(self, dout):\n        return self.doubled(dout)\n"
    )
    assert derivexplain.check(f"{tmp_path}/scale.py:Twice").outcome == "correct"


def test_a_function_with_two_derivatives_is_two_layers(tmp_path):
    """Each derivative is checked, the second under its own name."""
    path = tmp_path / "curves.py"
    path.write_text(
        "def square(x):\n    return x**2\n\n\ndef d_square(x):\n    return 2 * x\n\n\n"
        "def square_derivative(x):\n    return x\n"
    )
    found, _ = foreign.find(str(path), conventions)
    assert [name for name, _ in found] == ["square", "square_derivative"]
    assert [derivexplain.check(layer).outcome for _, layer in found] == ["correct", "factor"]


def test_what_stands_between_a_function_and_its_derivative_is_not_theirs(tmp_path):
    between = (
        "class Linear:\n    def __init__(self, W):\n        self.W, self.grads = W, {}\n    def forward(self, x):\n"
        "        self.x = x\n        return x @ self.W\n    def backward(self, grad):\n"
        "        self.grads['W'] = self.x.T @ grad\n        return grad @ self.W.T\n"
    )
    text = f"def cube(z):\n    return z**3\n{between}def cube_grad(z):\n    dz = 3 * z**2\n    return dz\n"
    found, _ = foreign.find(write(tmp_path, "layers.py", f"import numpy as np\n{text}"), conventions)
    pair = dict(found)["cube"]
    assert "grads" not in pair.source.text and pair.source.line(14).strip() == "dz = 3 * z**2"
    assert derivexplain.check(pair).outcome == "correct"


def test_what_stands_in_for_a_missing_helper_is_no_layer_of_the_file(tmp_path):
    path = write(tmp_path, "layers.py", LAYER)
    with pytest.raises(InputError, match="no layer sigmoid"):
        foreign.load(path, "sigmoid", conventions)
