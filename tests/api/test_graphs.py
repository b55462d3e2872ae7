"""Worked examples: the notes' numbers, line by line; the same graph derived, checked and drawn."""

import math

import numpy as np
import pytest
import sympy as sp

import derivexplain as dx
from derivexplain import typeset
from derivexplain.cli import main
from derivexplain.draw.layout import layout
from derivexplain.draw.signs import overlap
from derivexplain.errors import InputError


def apples():
    g = dx.Graph()
    apple, n, tax = g.input("apple", 100), g.input("apple_num", 2), g.input("tax", 1.1)
    g.mul(g.mul(apple, n, name="apple_price"), tax, name="price")
    return g


def apples_and_oranges():
    g = dx.Graph()
    apple, n = g.input("apple", 100), g.input("apple_num", 2)
    orange, m, tax = g.input("orange", 150), g.input("orange_num", 3), g.input("tax", 1.1)
    total = g.add(g.mul(apple, n, name="apple_price"), g.mul(orange, m, name="orange_price"), name="total")
    g.mul(total, tax, name="price")
    return g


def sigmoid_by_nodes(x=0.5):
    g = dx.Graph.from_formula("1/(1 + exp(-x))", x=x)
    g.group("sigmoid", ["v1", "v2", "v3", "y"])
    return g


NEURON = {"w0": 2, "w1": -3, "w2": -3, "x0": -1, "x1": -2}


def neuron():
    return dx.Graph.from_formula("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", **NEURON)


def lstm_by_nodes():
    return dx.Graph.from_formula(
        "f = sigmoid(wf*x); i = sigmoid(wi*x); o = sigmoid(wo*x); u = tanh(wu*x); c1 = f*c0 + u*i; h = o*tanh(c1)",
        x=0.7, wf=0.5, wi=-1.5, wo=2, wu=1.25, c0=0.3,
    )  # fmt: skip


def network():
    rng = np.random.default_rng(0)
    c = dx.catalogue
    W1, b1, W2, b2 = rng.normal(size=(5, 7)), rng.normal(size=7), rng.normal(size=(7, 2)), rng.normal(size=2)
    layers = [c["affine"](W1, b1), c["relu"](), c["affine"](W2, b2), c["softmax_with_loss"]()]
    return dx.Graph.from_layers(layers, x=rng.normal(size=(3, 5)), t=np.eye(2)[[0, 1, 1]])


def line(one):
    return " = ".join(map(typeset.text, one.sides))


# ---------------------------------------------------------------- numbers


def test_the_notes_first_basket():
    r = apples().run()
    assert [repr(r.values[n]) for n in ("apple_price", "price")] == ["200", "220.00000000000003"]
    names = ("apple_price", "tax", "apple", "apple_num")
    assert [repr(r.gradients[n]) for n in names] == ["1.1", "200", "2.2", "110.00000000000001"]


def test_the_notes_second_basket():
    r = apples_and_oranges().run()
    values = [repr(r.values[n]) for n in ("apple_price", "orange_price", "total", "price")]
    assert values == ["200", "450", "650", "715.0000000000001"]
    names = ("total", "tax", "apple_price", "orange_price", "apple", "apple_num", "orange", "orange_num")
    found = [repr(r.gradients[n]) for n in names]
    assert found == ["1.1", "650", "1.1", "1.1", "2.2", "110.00000000000001", "3.3000000000000003", "165.0"]


def test_the_backward_lines_of_the_notes():
    _, backward = apples().lines()
    assert [line(l) for l in backward] == [
        "∂price/∂price = 1",
        "∂price/∂apple_price = ∂price/∂price·tax = 1·1.1 = 1.1",
        "∂price/∂tax = ∂price/∂price·apple_price = 1·200 = 200",
        "∂price/∂apple = ∂price/∂apple_price·apple_num = 1.1·2 = 2.2",
        "∂price/∂apple_num = ∂price/∂apple_price·apple = 1.1·100 = 110.00000000000001",
    ]


def test_lines_add_at_forks_and_bracket_negative_numbers():
    forward, backward = dx.Graph.from_formula("(x + y)*x", x=-2, y=5).lines()
    assert [line(l) for l in forward] == ["v1 = x + y = (-2) + 5 = 3", "out = v1·x = 3·(-2) = -6"]
    assert line(backward[2]) == "∂out/∂x = ∂out/∂out·v1 + ∂out/∂v1 = 1·3 + (-2) = 1"


def test_lines_can_be_short():
    forward, backward = dx.Graph.from_formula("exp(-x)*max(x, 0.1)", x=1e-7).lines(style="short")
    assert [line(l) for l in forward] == [
        "v1 = -x = -10^(-7)",
        "v2 = e^v1 = e^(-10^(-7)) = 1",
        "v3 = max(x, 0.1) = max(10^(-7), 0.1) = 0.1",
        "y = v2·v3 = 1·0.1 = 0.1",
    ]
    assert line(backward[-1]) == "∂y/∂x = ∂y/∂v3·{1 if x > 0.1; 0 otherwise} + (-∂y/∂v1) = 1·0 + (-0.1) = -0.1"


def test_lines_of_arrays_work_out_one_entry():
    g = dx.Graph()
    x, W = g.input("x", np.array([[1.0, 2.0]])), np.array([[0.5, 1.0, -1.0], [0.25, -3.0, 2.0]])
    g.softmax_with_loss(g.affine(x, W=W, b=np.zeros(3), name="a"), g.input("t", np.array([[1, 0, 0]])), name="loss")
    forward, backward = ([line(l) for l in lines] for lines in g.lines())
    assert forward[:2] == [
        "a[i,j] = sum(k, x[i,k]·W[k,j]) + b[j] = array of shape (1, 3)",
        "a[0,0] = 1·0.5 + 2·0.25 + 0 = 1",
    ]
    assert backward[0] == "g = 1" and "∂L/∂W[0,0] = 1·1·(0.1192 - 1)/1 = -0.8808" in backward
    at = backward.index("∂L/∂a[n,j] = g·(y[n,j] - t[n,j])/N_n = array of shape (1, 3)")
    assert backward[at + 1] == "∂L/∂a[0,0] = 1·(0.1192 - 1)/1 = -0.8808"


def test_lines_of_a_cell_hold_every_gradient():
    cell, args = dx.catalogue["lstm_cell"].example(np.random.default_rng(1))
    g = dx.Graph()
    h, _ = g.apply(cell, *(g.input(n, v) for n, v in zip(cell.inputs(), args)))
    run = g.run(of=h)
    _, backward = g.lines(run)
    told = {l.name: l for l in backward if l.value is not None}
    assert {"cn", "o", "a_f", "c", "Wxf", "Who", "bo"} <= set(told) and not any(
        "backward" in line(l) for l in backward
    )
    for name in ("c", "Wxf", "bo"):
        assert told[name].value == pytest.approx(np.ravel(run.gradients[name])[0])


def test_a_layer_without_a_formula_tells_its_shapes():
    g = dx.Graph()
    g.apply(Triple(), g.input("x", np.ones(3)), name="t")
    assert [line(l) for l in g.lines()[0]] == ["t = triple(x) = array of shape (3,)"]


NOTATION = {"loss": "J", "upstream": "δ", "log": "ln", "derivative": "d", "names": {"x": "z", "y": "a"}}


def test_the_notation_reaches_lines_and_pictures():
    g = dx.Graph.from_formula("log(x)*w1", x=2, w1=3)
    forward, backward = g.lines(notation=NOTATION)
    assert line(forward[0]) == "v1 = ln(z) = ln(2) = 0.6931471805599453"
    assert line(backward[-1]).startswith("da/dz = da/dv1·1/z")
    p = g.picture(notation=NOTATION, symbols=True)
    assert ">a</tspan>" in p.svg and 'd<tspan font-style="italic">J</tspan>/d<tspan font-style="italic">z' in p.svg
    assert "d$J$/d$z$" in p.tikz and ">0.5</text>" not in p.svg
    assert "a_{hat}" not in p.tikz and "δ" in str(network().lines(notation=NOTATION)[1][0].left)


def test_lines_can_be_exact():
    forward, backward = dx.Graph.from_formula("x/y + 1", x=1, y=3).lines(style="exact")
    assert line(forward[0]) == "v1 = x/y = 1/3" and line(forward[1]) == "out = v1 + 1 = 1/3 + 1 = 4/3"
    assert line(backward[-1]).endswith("= -1/9")


def test_cs231n_circuits():
    r = dx.Graph.from_formula("(x + y)*z", x=-2, y=5, z=-4).run()
    assert r.values["out"] == -12 and [r.gradients[n] for n in "xyz"] == [-4, -4, 3]
    r = neuron().run()
    assert round(r.values["y"], 2) == 0.73
    assert [round(r.gradients[n], 2) for n in ("w0", "w1", "w2")] == [-0.20, -0.39, 0.20]
    assert [round(r.gradients[n], 2) for n in ("x0", "x1")] == [0.39, -0.59]


def test_values_can_be_changed_for_one_run():
    g = apples()
    assert g.run(apple=120).values["apple_price"] == 240 and g.run().values["apple_price"] == 200
    assert g.run(of="apple_price").gradients["apple"] == 2


# ---------------------------------------------------------------- building


def test_what_occurs_twice_is_computed_once():
    g = dx.Graph.from_formula("sin(x*y) + (x*y)**2", x=1.0, y=2.0)
    assert [op.layer.name for op in g.computation().operations].count("mul") == 1


def test_operands_stand_as_they_were_written():
    g = dx.Graph.from_formula("(z + x)*a - b/c", z=1, x=2, a=3, b=4, c=5)
    made = [(op.layer.name, op.inputs) for op in g.computation().operations]
    assert [name for name, _ in made] == ["add", "mul", "div", "sub"]
    assert made[0][1] == ("z", "x") and made[1][1][1] == "a" and made[2][1] == ("b", "c")


@pytest.mark.parametrize(
    "text",
    ["x**3*y", "x^y", "max(x, y)", "sqrt(x)/log(y)", "abs(x - y)", "where(x > y, x**2, y)", "atan(x*y)", "2*x + pi*y",
     r"\frac{x}{1 + e^{-y}}", "|x - 3| + y"],
)  # fmt: skip
def test_every_readable_formula_has_a_graph(text):
    g = dx.Graph.from_formula(text, x=1.3, y=2.1)
    assert g.check().ok


@pytest.mark.parametrize("letter", ["of", "text", "values", "upstream", "self", "cls", "run"])
def test_any_letter_may_be_used(letter):
    g = dx.Graph.from_formula(f"{letter}**2 + y", **{letter: 3, "y": 1})
    assert g.run().gradients[letter] == 6 and g.check().ok and "6" in g.explain("text")


def test_equations_may_come_in_any_order():
    r = dx.Graph.from_formula("f = q*z; q = x + y", x=-2, y=5, z=-4).run()
    assert r.values["f"] == -12 and r.gradients["q"] == -4


def test_a_function_over_numpy():
    g = dx.Graph.from_function(lambda x, y: np.exp(x * y) / (1 + x**2) - np.sin(y) ** 3, x=1.5, y=0.2)
    assert g.run().values[g.run().of] == pytest.approx(np.exp(0.3) / 3.25 - np.sin(0.2) ** 3)
    assert g.check().ok


def test_a_function_over_arrays():
    g = dx.Graph.from_function(lambda x, y: np.tanh(x) * y, x=np.ones((2, 3)), y=np.arange(3.0))
    assert g.run().gradients["y"].shape == (3,) and g.check().ok


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x if x > 0 else -x, "cannot follow"),
        (lambda x: math.exp(x), "cannot follow"),
        (lambda x: x.argmax(), "cannot follow"),
        (lambda x: x if np.where(x > 0, x, 1) > 0 else 1, "cannot follow"),
        (lambda x: np.argmax(x), "cannot be followed"),
        (lambda x: np.sum(x, axis=3), "no axis 3"),
        (lambda x: 3, "does not return a value"),
        (lambda x: np.add.reduce(x), "cannot be followed"),
        (lambda x: np.frexp(x)[0], "no layer for np.frexp"),
    ],
)
def test_a_function_that_cannot_be_followed(function, words):
    with pytest.raises(InputError, match=words):
        dx.Graph.from_function(function, x=2.0)


def test_a_network_of_layers():
    g = network()
    r = g.run()
    assert r.gradients["W1"].shape == (5, 7) and r.gradients["b2"].shape == (2,) and r.gradients["x"].shape == (3, 5)
    report = g.check()
    codes = [f.code for f in report.findings]
    assert report.ok and codes.count("value-differences") == codes.count("value-symbolic") == 6
    assert all(f.status == "pass" for f in report.findings)


def test_several_outputs_unpack():
    cell, args = dx.catalogue["lstm_cell"].example(np.random.default_rng(1))
    g = dx.Graph()
    hn, cn = g.apply(cell, *(g.input(n, v) for n, v in zip(cell.inputs(), args)), name=("h1", "c1"))
    assert (hn.name, cn.name) == ("h1", "c1")
    assert g.check(of=hn).ok and g.run(of=cn).gradients["c"].shape == np.shape(args[2])


class Triple(dx.Layer):
    def forward(self, x):
        return 3 * x

    def backward(self, dout):
        return 3 * dout


class Wrong(Triple):
    def backward(self, dout):
        return 2.9999 * dout


class Stranger:
    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        return 2 * dout * self.x


def test_layers_of_your_own():
    g = dx.Graph()
    x = g.input("x", 5)
    g.apply(Stranger(), g.apply(Triple(), x, name="t"), name="y")
    assert g.run().values["y"] == 225 and g.run().gradients["x"] == 90 and g.check().ok


def test_a_wrong_layer_is_found():
    g = dx.Graph()
    g.apply(Wrong(), g.input("x", 5), name="y")
    report = g.check()
    assert not report.ok and report.outcome == "wrong" and "'x'" in report.findings[0].message


def test_a_layer_used_twice_remembers_both():
    g = dx.Graph()
    shared = dx.catalogue["affine"](np.array([[2.0]]), np.array([1.0]))
    x = g.input("x", np.array([[3.0]]))
    g.apply(shared, g.apply(shared, x, name="h1"), name="h2")
    r = g.run()
    assert r.values["h2"].item() == 15 and r.gradients["W"].item() == 7 + 2 * 3 and g.check().ok


def test_the_smallest_slip_is_found():
    class Off(Triple):
        def backward(self, dout):
            return 3 * dout * (1 + 1e-7)

    for size in (1e-6, 1.0, 1e6):
        g = dx.Graph()
        g.apply(Off(), g.input("x", size), name="y")
        assert g.check().outcome == "wrong"


def test_at_a_kink_every_subgradient_is_right():
    g = dx.Graph.from_formula("relu(x) + 3*y", x=0, y=-2)
    report = g.check()
    assert report.ok and "kink" in report.findings[0].message

    class Half(dx.Layer):
        def forward(self, x):
            return np.maximum(x, 0)

        def backward(self, dout):
            return 1.5 * dout

    g = dx.Graph()
    g.add(g.apply(Half(), g.input("x", 0), name="h"), g.input("z", 1), name="y")
    assert g.check().outcome == "wrong"


def test_a_check_that_compares_nothing_fails():
    g = dx.Graph()
    g.mul(g.input("x", 0), g.input("y", 0), name="z")
    assert g.check().outcome == "vacuous"


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda g: g.input("a b", 1), "a value's name is made of"),
        (lambda g: (g.input("x", 1), g.input("x", 2)), "the name 'x' is taken"),
        (lambda g: g.mul(g.input("x", 1)), "mul takes 2 inputs"),
        (lambda g: g.mul(g.input("x", 1), dx.Graph().input("y", 1)), "belongs to another graph"),
        (lambda g: g.mul(g.input("x", 1), object()), "cannot go into a node"),
        (lambda g: g.apply(Triple, g.input("x", 1)), "Triple is a class"),
        (lambda g: g.apply(object(), g.input("x", 1)), "is no layer"),
        (lambda g: (g.input("x", 1), g.input("y", 1), g.exp("x"), g.run()), "input 'y' is not used"),
        (lambda g: (g.exp(g.input("x", 1)), g.run(z=3)), "no input 'z'"),
        (lambda g: (g.exp(g.input("x")), g.run()), "input 'x' has no value"),
        (lambda g: (g.exp(g.input("x", 1)), g.group("q", ["z"])), "no node computes 'z'"),
        (lambda g: (g.exp(g.input("x", 1)), g.picture(fold="q")), "there is no group 'q'"),
        (lambda g: (g.exp(g.input("x", 1)), g.picture(gradient=False)), "no option 'gradient'\n.*gradients"),
        (lambda g: (g.exp(g.input("x", 1)), g.picture(style="long")), "no style 'long'"),
        (lambda g: g.run(), "the graph is empty"),
        (lambda g: 1 if g.input("x", 1) else 0, "cannot follow a branch"),
        (lambda g: (g.exp("later"), g.run()), "uses 'later', which nothing computes"),
        (lambda g: (g.add("b", "b", name="a"), g.add("a", "a", name="b"), g.run()), "the graph has a cycle"),
    ],
)
def test_bad_input_is_told(build, words):
    with pytest.raises(InputError, match=words):
        build(dx.Graph())


def test_an_unknown_layer_suggests_the_nearest():
    with pytest.raises(AttributeError, match="sigmoid"):
        getattr(dx.Graph(), "sigmoyd")  # noqa: B009


# ---------------------------------------------------------------- mathematics


def test_the_sigmoid_by_nodes_ends_in_its_output():
    d = sigmoid_by_nodes().derivation("x")
    y = sp.Symbol("y")
    assert d.output_form == y * (1 - y)
    assert all(s.verdict.status == "proved" for s in d.steps)
    locals_ = [str(s.after) for s in d.steps[:4]]
    assert locals_[0] == "-y**2" and d.verdict.status == "proved"


def test_forks_are_summed_in_the_derivation():
    d = dx.Graph.from_formula("x*tanh(x*y) + x**2", x=2, y=0.1).derivation("x")
    x, y = sp.symbols("x y")
    assert sp.simplify(d.result - sp.diff(x * sp.tanh(x * y) + x**2, x)) == 0
    assert "gradient-sum" in [s.law for s in d.steps]


@pytest.mark.parametrize(
    "graph", [apples, apples_and_oranges, sigmoid_by_nodes, neuron, lstm_by_nodes], ids=lambda f: f.__name__
)
def test_graphs_agree_with_two_witnesses(graph):
    report = graph().check()
    assert report.ok and report.verdict.status == "proved"
    assert {f.code for f in report.findings} == {"value-differences", "value-symbolic"}


def test_a_long_chain_is_derived_in_names():
    g = dx.Graph()
    x = g.input("x", 0.5)
    for k in range(100):
        x = g.tanh(x, name=f"t{k}")
    d = g.derivation("x")
    assert len(d.steps) == 100 and d.output_form is None and "nodes" in d.output_form_reason


def test_a_network_is_derived_as_one_formula_of_all_its_layers():
    g = network()
    d = g.derivation("W1")
    assert [x.name for x in d.gradients] == ["y", "s", "affine_2", "relu", "affine", "W1"]
    assert str(d.gradients[2].form) == "g*(-t[n, l] + y[n, l])/N_n" and d.verdict.status == "agrees"
    code = d.code("numpy")
    assert "daffine_2 = dout * (y - t) / len(y)" in code and "dW1 = x.T @ daffine" in code
    assert all(s.holds for s in d.steps)


def test_names_inside_of_layers_step_aside():
    rng = np.random.default_rng(3)
    c = dx.catalogue
    g = dx.Graph()
    y, n = g.input("y", rng.normal(size=(2, 3))), g.input("n", rng.normal(size=(2, 3)))
    s = g.apply(c["softmax"](), g.mul(y, g.apply(c["softmax"](), n, name="k"), name="s"), name="i")
    g.mul(s, 2.5, name="j")
    assert g.check().ok and [f.code for f in g.check().findings].count("value-symbolic") == 2


@pytest.mark.parametrize(
    "name", ["prelu", "multiclass_hinge", "conv1d", "layer_norm", "max_pool", "huber_loss", "softmax"]
)
def test_array_layers_agree_with_their_formula(name):
    layer, args = dx.catalogue[name].example(np.random.default_rng(5))
    g = dx.Graph()
    g.apply(layer, *(g.input(n, v) for n, v in zip(layer.inputs(), args)))
    report = g.check()
    assert report.ok and all(f.status == "pass" for f in report.findings)
    assert {f.code for f in report.findings} == {"value-differences", "value-symbolic"}


def test_a_formula_that_its_forward_does_not_compute_is_found():
    class Double(dx.Layer):
        formula = "y = 3*x"
        forward = lambda self, x: 2 * x  # noqa: E731
        backward = lambda self, dout: 2 * dout  # noqa: E731

    g = dx.Graph()
    g.apply(Double(), g.input("x", np.ones(3)), name="d")
    report = g.check()
    assert report.outcome == "wrong" and "forward's 'd' is not what the formula" in str(report)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda g: g.apply(Triple(), g.input("x", np.ones(3)), name="y"), "states no formula"),
        (lambda g: g.exp(g.input("g", np.ones(3))), "the letter of the upstream gradient"),
        (lambda g: g.mul(g.input("x", np.ones((2, 1))), g.input("z", np.ones((2, 3)))), "stretches 'x' of shape"),
        (lambda g: g.affine(g.input("x", np.ones((2, 3, 4))), W=np.ones((12, 5)), b=np.ones(5)), "speaks of x"),
        (lambda g: g.exp(g.input("q", np.ones(3))), "does not depend on an input 'x'"),
    ],
)
def test_array_graphs_that_have_no_derivation(build, words):
    g = dx.Graph()
    build(g)
    with pytest.raises(InputError, match=words):
        g.derivation("x")


def test_a_derivation_by_something_else_is_refused():
    with pytest.raises(InputError, match="does not depend on an input 'q'"):
        apples().derivation("q")


# ---------------------------------------------------------------- pictures

GRAPHS = (apples, apples_and_oranges, sigmoid_by_nodes, neuron, lstm_by_nodes, network)


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda f: f.__name__)
def test_no_label_of_the_book_graphs_touches_another(graph):
    from derivexplain.api.graphs.pictures import placed

    scene = placed(graph())
    signs = [s for w in scene.wires for s in (w.above, w.below) if s] + list(scene.captions)
    assert signs and not any(overlap(a, b) for k, a in enumerate(signs) for b in signs[k + 1 :])
    assert layout(scene.diagram) == scene


def test_the_picture_shows_every_number():
    p = apples_and_oranges().picture()
    for number in ("100", "2.2", "110", "150", "3.3", "165", "200", "450", "650", "715", "1.1"):
        assert f">{number}</text>" in p.svg and f"{{{number}}}" in p.tikz
    assert "apple_price: value 200, gradient 1.1" in p.alt and "| ∂ 2.2" in p.mermaid


def test_a_power_is_raised():
    p = dx.Graph.from_formula("x**3", x=2).picture()
    assert ">^" not in p.svg and '<tspan font-size="72%"' in p.svg and "$^{\\mathrm{3}}$" in p.tikz


def test_a_fork_shows_its_summands_and_their_sum():
    p = dx.Graph.from_formula("(x + y)*x", x=-2, y=5).picture()
    assert "+=" in p.svg and ">3</text>" in p.svg and ">−2</text>" in p.svg


def test_groups_are_framed_or_folded():
    g = sigmoid_by_nodes()
    assert "= sigmoid" in g.picture().svg
    folded = g.picture(fold=True)
    assert ">sigmoid</text>" in folded.svg and ">exp</text>" not in folded.svg
    assert ">0.235</text>" in folded.svg


def test_shapes_are_named():
    p = network().picture(sizes={"N": 3, "D": 5, "H": 7, "M": 2})
    assert ">(N, D)</text>" in p.svg and ">(D, H)</text>" in p.svg and ">(M,)</text>" in p.svg


def test_a_picture_without_numbers():
    g = dx.Graph()
    g.mul(g.input("x"), g.input("y"), name="z")
    assert "→" not in g.picture().svg and g.picture().svg.count("<text") == 4


def test_frames_and_steps():
    g = apples()
    frames = g.frames()
    assert [f.svg.count('class="b') for f in frames] == [0, 1, 3, 5]
    from derivexplain.api.graphs.pictures import animation, slides

    page = animation(g)
    assert "<script" not in page and page.count("<input") == 4 and ":checked~svg" in page
    assert r"\visible<4->" in slides(g)


def test_a_run_prints_its_numbers():
    assert str(dx.Graph.from_formula("2*x*y", x=2, y=1.5).run()).splitlines() == [
        "gradients of out",
        "  x      2  gradient 3.0",
        "  y    1.5  gradient 4",
        "  v1     4  gradient 1.5",
        "  out  6.0  gradient 1",
    ]


def test_chinese_names():
    g = dx.Graph()
    price = g.mul(g.input("apple", 100, title="苹果"), g.input("个数", 2), name="price", title="总价 <元> & 税")
    p = g.picture()
    assert "苹果" in p.svg and "个数" in p.svg and "&lt;元&gt; &amp; 税" in p.svg and price.name == "price"
    assert g.run(个数=3).values["price"] == 300


def test_large_graphs_compute_but_are_not_drawn():
    g = dx.Graph()
    x = g.input("x", 1)
    for _ in range(2000):
        x = g.neg(x)
    assert g.run().gradients["x"] == 1
    with pytest.raises(InputError, match="cannot be read"):
        g.picture()
    g.group("all", [op.name for op in g.computation().operations])
    assert ">all</text>" in g.picture(fold=True).svg


def test_a_graph_shows_itself_in_a_notebook():
    shown = apples()._repr_mimebundle_()
    assert shown["text/html"].startswith("<svg") and "price" in shown["text/plain"]
    assert "empty" in dx.Graph()._repr_mimebundle_()["text/plain"]


# ---------------------------------------------------------------- command line


def test_the_command_prints_the_lines(capsys):
    assert main(["graph", "(x+y)*z", "--values", "x=-2,y=5,z=-4"]) == 0
    out = capsys.readouterr().out
    assert "out = v1·z = 3·(-4) = -12" in out and "∂out/∂z = ∂out/∂out·v1 = 1·3 = 3" in out


@pytest.mark.parametrize("ending", ["svg", "tex", "html", "md"])
def test_the_command_writes_a_picture(ending, tmp_path, capsys):
    target = tmp_path / f"g.{ending}"
    assert main(["graph", "(x+y)*z", "--values", "x=-2,y=5,z=-4", "-o", str(target)]) == 0
    text = target.read_text("utf-8")
    assert "−12" in text or "-12" in text or "$-$12" in text
    assert [p.name for p in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("formula", "values", "words"),
    [
        ("(x+y)*z", "x=1", "no value for y, z\n  write --values x=1,y=...,z=..."),
        ("a = x + y; b = x*y", "x=1,y=2", "it has 2 ends: a, b\n  choose one: --of b"),
        ("(x+y)*z", "x=1,y=2,z=3,w=4", "no letter 'w'"),
        ("log(x)", "x=0", "gives -inf for x = 0"),
        ("x*y", "x=1,x=2", "given twice"),
        ("x*y", "x", "not name=number"),
        ("a=b+1; b=a+x", "x=2", "a cycle"),
        ("x[i]*2", "x=1", "has indices"),
        ("2+3", "", "is a constant"),
        ("x", "x=1", "nothing more"),
        ("__import__('os')", "", "derivexplain:"),
    ],
)
def test_the_command_tells_what_is_wrong(formula, values, words, capsys):
    assert main(["graph", formula, "--values", values]) == 2
    assert words in capsys.readouterr().err


def test_nothing_half_written(tmp_path, capsys):
    assert main(["graph", "x*y", "--values", "x=1,y=2", "-o", str(tmp_path / "no" / "g.svg")]) == 2
    assert main(["graph", "x*y", "--values", "x=1,y=2", "-o", str(tmp_path / "g.gif")]) == 2
    assert list(tmp_path.iterdir()) == []


ARRAY = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.25]])


@pytest.mark.parametrize(
    ("function", "derived"),
    [
        (lambda x: np.mean(x**2), True),
        (lambda x: (x * x).sum(), True),
        (lambda x: np.exp(x).sum(axis=1), True),
        (lambda x: np.exp(x) / np.sum(np.exp(x)), True),
        (lambda x: np.mean(np.where(x > 0.6, x * x, 2 * x)), True),
        (lambda x: np.sum(np.where(x >= 1, np.clip(x, -1, 1.7), abs(x)), axis=0), True),
        (lambda x: np.dot(x, np.transpose(x)), True),
        (lambda x: np.tanh(x.T @ x), True),
        (lambda x: 2**x, True),
        (lambda x: x - x.mean(axis=1, keepdims=True), False),
        (lambda x: x / np.sum(x**2, axis=(0, 1)), True),
    ],
)
def test_functions_of_whole_arrays(function, derived):
    g = dx.Graph.from_function(function, x=ARRAY)
    run = g.run()
    assert np.allclose(run.values[run.of], function(ARRAY))
    assert g.check().ok
    if derived:
        assert g.derivation("x").verdict.ok and "value-symbolic" in {f.code for f in g.check().findings}
    assert all(g.lines(run)) and "<svg" in g.picture().svg and g.explain("html") and g.explain("notebook")


def test_a_choice_is_a_node():
    g = dx.Graph.from_function(lambda x: np.where(x > 0, x, 0.1 * x), x=-2.0)
    assert g.run().gradients["x"] == 0.1
    assert str(g.derivation("x").result) == "Piecewise((1, x > 0), (1/10, True))"
    with pytest.raises(InputError, match="comparison"):
        dx.Graph.from_function(lambda x: np.where(x, x, 1), x=2.0)


def test_the_shape_has_to_be_known_where_an_axis_is_summed():
    with pytest.raises(InputError, match="shape of 'x' is not known"):
        dx.Graph.from_function(lambda x: np.sum(x))


@pytest.mark.parametrize("build", [lambda g, *v: g.affine(*v), lambda g, x, W, b: g.affine(x, W=W, b=b)])
def test_parameters_may_be_values_of_the_graph(build):
    g = dx.Graph()
    x, W, b = g.input("x", ARRAY), g.input("W", ARRAY.T), g.input("b", np.array([1.0, 2.0]))
    build(g, x, g.tanh(W), b)
    assert np.allclose(g.run().values["affine"], ARRAY @ np.tanh(ARRAY.T) + [1, 2])
    assert g.check().ok and g.check(W=ARRAY.T + 1).ok and g.derivation("W").verdict.ok


def test_weights_that_follow_each_other_go_in_by_name_too():
    cell, (x, h) = dx.catalogue["rnn_cell"].example(np.random.default_rng(0))
    g = dx.Graph()
    weights = {p: g.input(p, getattr(cell, p)) for p in cell.params}
    g.rnn_cell(g.input("x", x), g.input("h", h), **weights)
    assert g.check().ok
    with pytest.raises(InputError, match="cannot be built"):
        g.affine("x")


def test_greek_letters_take_values_by_either_name():
    assert [dx.Graph.from_formula("α*β", **{a: 2, "beta": 3}).run().values["y"] for a in ("α", "alpha")] == [6, 6]
    with pytest.raises(InputError, match="cycle: x -> x"):
        dx.Graph.from_formula("x = x*2", x=1)


@pytest.mark.parametrize(
    "function", [lambda x: np.log(-x), lambda x: np.sqrt(-x - 5), lambda x: np.log(np.tanh(-x) - 0.9)]
)
def test_a_node_that_is_defined_in_a_part_only(function):
    g = dx.Graph.from_function(function, x=np.array([-7.5, -8.5]))
    assert g.derivation("x").verdict.ok and "value-symbolic" in {f.code for f in g.check().findings}
    assert g.explain()


def test_what_was_compared_is_counted():
    g = dx.Graph()
    g.affine(g.input("x", np.ones((2, 2))), W=g.input("W", np.ones((2, 3))), b=g.input("b", np.zeros(3)))
    verdict = g.check().verdict
    assert verdict.status == "agrees" and verdict.points == 4 + 6 + 3 and verdict.digits >= 7


def test_the_nodes_of_a_function_are_counted_and_end_in_the_output():
    g = dx.Graph.from_function(lambda x, z: np.exp(x * z) - x**2, x=1, z=2)
    assert [line.name for line in g.lines()[0]] == ["v1", "v2", "v3", "y"] and g.check().ok


@pytest.mark.parametrize("names", [{"x": "y"}, {"x": "v", "y": "v"}])
def test_a_notation_keeps_the_values_of_a_graph_apart(names):
    g = dx.Graph.from_formula("x*y", x=2, y=3)
    for show in (g.lines, g.picture):
        with pytest.raises(InputError, match="x and y alike"):
            show(notation={"names": names})


def test_what_a_picture_says_of_itself_is_of_its_language():
    g = dx.Graph.from_formula("x*y", x=2, y=3)
    assert "計算グラフ" in g.picture(language="ja").alt and "x：値 2、勾配 3" in g.picture(language="ja").alt
    assert "第 1 步" in g.frames(language="zh")[1].alt and "value" not in g.frames(language="zh")[1].alt
    assert "x：值 2，梯度 3" in g.explain("html", language="zh")
    assert "x：值 2" in dx.explain("mul", format="html", language="zh", part="graph")


def test_a_long_decimal_is_one_node():
    graph = dx.Graph.from_formula(sp.Symbol("x") ** 2 * sp.Rational("0.044715"), x=2)
    assert "mul(0.04471" in graph.picture().alt and "div" not in graph.picture().alt
