"""Layout: no label touches another, nothing is cut off, operands keep their order."""

import importlib.util
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from derivexplain.draw import mermaid, svg, tikz
from derivexplain.draw.diagram import Arc, Diagram, Sign, Vertex
from derivexplain.draw.layering import crossings, grid
from derivexplain.draw.layout import LIMIT, layout
from derivexplain.draw.lettering import letter, plain, tex, words
from derivexplain.draw.signs import cuts, overlap, sign
from derivexplain.errors import InputError

_spec = importlib.util.spec_from_file_location("graphs_of_chance", Path(__file__).with_name("graphs_of_chance.py"))
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
chance = _module.chance


def signs_of(scene):
    return [s for w in scene.wires for s in (w.above, w.below) if s] + list(scene.captions)


def boxes_of(scene):
    return [Sign((), s.x, s.y, 0, 2 * s.half_width, 2 * s.half_height) for s in scene.spots]


def lines_of(scene, s):
    """The wires that a label does not belong to."""
    others = (w for w in scene.wires if s is not w.above and s is not w.below)
    return [line for w in others for line in zip(w.points, w.points[1:])]


@pytest.mark.parametrize("block", range(10))
def test_no_label_touches_another_or_a_node(block):
    for seed in range(20 * block, 20 * block + 20):
        scene = layout(chance(seed))
        signs = signs_of(scene)
        assert signs
        assert not [(seed, a, b) for a, b in combinations(signs, 2) if overlap(a, b)]
        assert not [(seed, s, b) for s in signs for b in boxes_of(scene) if overlap(s, b)]
        assert not [(seed, a, b) for a, b in combinations(boxes_of(scene), 2) if overlap(a, b)]
        for s in [*signs, *boxes_of(scene)]:
            assert all(0 <= x <= scene.width and 0 <= y <= scene.height for x, y in s.corners)


def test_lines_run_beside_the_labels_of_small_pictures():
    small = [layout(chance(seed, 16)) for seed in range(60)]
    struck = [sum(cuts(line, s) for s in signs_of(scene) for line in lines_of(scene, s)) for scene in small]
    assert struck.count(0) >= 0.95 * len(struck) and max(struck) <= 1


def test_a_line_cuts_a_turned_box_or_passes_it():
    box = sign(words("a long label here"), 100, 100, 45)
    assert cuts(((100, 0), (100, 200)), box) and cuts(((60, 140), (140, 60)), box)
    assert not cuts(((110, 60), (150, 100)), box)  # through the upright bounds, beside the turned box
    assert not cuts(((100, 0), (100, 50)), box)


def test_overlap_sees_turned_boxes():
    a = sign(words("wide label"), 0, 0, 0)
    assert overlap(a, sign(words("x"), 30, 3, 45))
    assert not overlap(a, sign(words("x"), 0, 25, 45))
    slanted = sign(words("a long label here"), 100, 100, 45)
    assert not overlap(slanted, sign(words("x"), 130, 70, 0))  # inside the upright bounds, beside the turned box
    assert overlap(slanted, sign(words("x"), 125, 125, 0))


def tree(depth):
    """A full binary tree of nodes, its leaves named in reading order."""
    vertices, arcs = [], []

    def grow(path):
        if len(path) == depth:
            vertices.append(Vertex(path, "leaf", letter("x")))
        else:
            vertices.append(Vertex(path or "root", "node", words("+")))
            for k, side in enumerate("ab"):
                grow(path + side)
                arcs.append(Arc(path + side, path or "root", k, words("1"), words("1"), 1))

    grow("")
    return Diagram(tuple(vertices), tuple(arcs))


def test_operands_keep_their_order_in_a_tree():
    d = tree(4)
    where = grid(d)
    position = where.positions()
    assert sum(crossings(links, position) for links in where.gaps) == 0
    height = {s.vertex.id: s.y for s in layout(d).spots}
    for v in d.vertices:
        if v.kind == "node":
            path = "" if v.id == "root" else v.id
            assert height[path + "a"] < height[path + "b"]


def test_wires_arrive_in_the_order_of_their_operands():
    for seed in range(40):
        scene = layout(chance(seed))
        arrivals = {}
        for w in scene.wires:
            arrivals.setdefault(w.arc.target, []).append((w.arc.port, w.points[-1][1]))
        for found in arrivals.values():
            heights = [y for _, y in sorted(found)]
            assert heights == sorted(heights)


def test_crossings_are_counted():
    d = Diagram(
        tuple(Vertex(i, "node") for i in "abcd"),
        (Arc("a", "d"), Arc("b", "c")),
    )
    where = grid(d)
    upside_down = {"a": 0, "b": 1, "c": 0, "d": 1}
    assert sum(crossings(links, upside_down) for links in where.gaps) == 1
    assert sum(crossings(links, where.positions()) for links in where.gaps) == 0


def test_a_chain_is_a_straight_line():
    vertices = tuple(Vertex(f"n{k}", "node", words("exp")) for k in range(6))
    arcs = tuple(Arc(f"n{k}", f"n{k + 1}", 0, words("2"), words("3"), 1) for k in range(5))
    assert len({round(s.y, 6) for s in layout(Diagram(vertices, arcs)).spots}) == 1


def test_twice_the_same_operand_gives_two_wires_apart():
    d = Diagram(
        (Vertex("x", "leaf", letter("x")), Vertex("f", "fork"), Vertex("m", "node", words("×"))),
        (Arc("x", "f", 0, words("3")), Arc("f", "m", 0, (), words("3"), 1), Arc("f", "m", 1, (), words("3"), 1)),
    )
    first, second = layout(d).wires[1:]
    assert first.points[1:-1] != second.points[1:-1]


def test_a_graph_that_nobody_can_read_is_declined_with_advice():
    vertices = tuple(Vertex(f"n{k}", "node") for k in range(LIMIT + 1))
    with pytest.raises(InputError, match="cannot be read") as told:
        layout(Diagram(vertices, ()))
    assert "fold" in told.value.mend


def test_specials_are_escaped_everywhere():
    odd = r"a<b> & 50% $x_1$ \cmd {z} #1 ~ ^ 苹果 " + '"q"'
    d = Diagram(
        (Vertex("l", "leaf", words(odd)), Vertex("n", "node", words("f"))),
        (Arc("l", "n", 0, words(odd), words(odd), 1),),
        title=odd,
        notes=(odd,),
    )
    scene = layout(d)
    root = ElementTree.fromstring(svg.svg(scene))
    texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count(odd) == 3
    assert root.find("{http://www.w3.org/2000/svg}title").text == odd
    drawn = tikz.tikz(scene)
    assert r"50\%" in drawn and r"\textbackslash{}cmd" in drawn and r"\{z\}" in drawn and r"\#1" in drawn
    assert "<b>" not in mermaid.mermaid(d) and '"q"' not in mermaid.mermaid(d)


def test_svg_says_everything_in_words_and_needs_nothing():
    scene = layout(chance(3))
    text = svg.svg(scene)
    assert "<title" in text and "<desc" in text and "<script" not in text and "http://www.w3.org/2000/svg" in text
    assert text.count("href") == 0
    assert text == svg.svg(layout(chance(3)))


def test_steps_appear_one_by_one():
    scene = layout(tree(2))
    assert svg.svg(scene, upto=0).count('class="b') == 0
    assert svg.svg(scene, upto=1).count('class="b') == len(scene.wires)
    assert tikz.tikz(scene, overlay=True).count(r"\visible<2->") == len(scene.wires)
    assert r"\draw[back]" not in tikz.tikz(scene, upto=0)


def test_two_hundred_nodes_are_laid_out():
    scene = layout(chance(5, most=200))
    assert len(scene.spots) > 100 and len(scene.wires) >= len(scene.spots) - 1


@pytest.mark.parametrize(
    ("pieces", "shown", "written"),
    [
        (letter("w", "", "0"), "w0", "$w$$_{\\mathrm{0}}$"),
        (letter("apple_price"), "apple price", "apple price"),
        (letter("x", "hat"), "x\u0302", "$\\hat{x}$"),
        (letter("α", "", "μ"), "αμ", "$\\alpha$$_{\\mathrm{\\mu}}$"),
        (words("∂L/∂Σ & 50% < 1"), "∂L/∂Σ & 50% < 1", "$\\partial$L/$\\partial$$\\Sigma$ \\& 50\\% $<$ 1"),
    ],
)
def test_names_are_set_as_letters_or_words(pieces, shown, written):
    assert plain(pieces) == shown and tex(pieces) == written
