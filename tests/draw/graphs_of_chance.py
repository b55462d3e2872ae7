"""Random diagrams for the tests of drawing: one to three operands, forks, long ways, long labels."""

import random

from derivexplain.draw.diagram import Arc, Diagram, Vertex
from derivexplain.draw.lettering import letter, words

GLYPHS = ("+", "×", "exp", "log", "affine", "softmax with loss", "−", "√")
NUMBERS = ("2", "−0.0325", "110", "715.0", "1.25e−07", "(N, D)", "(2, 3, 5, 7)", "3.142")


def name(text: str):
    """A letter with its index, or words."""
    base, _, sub = text.partition("_")
    return letter(base, "", sub) if len(base) == 1 else words(text.replace("_", " "))


def chance(seed: int, most: int = 30) -> Diagram:
    """A diagram of at most so many vertices, forks drawn as such, as pictures of graphs have them."""
    rng = random.Random(seed)
    count = rng.randint(2, max(2, most // 2 - 1))
    vertices, arcs, uses = [], [], {}
    for k in range(count):
        node = f"n{k}"
        vertices.append(Vertex(node, "node", words(rng.choice(GLYPHS)), words(rng.choice(("", "", "total")))))
        for port in range(rng.choice((1, 2, 2, 2, 3))):
            older = [v.id for v in vertices[:-1]]
            if older and (rng.random() < 0.62 or len(vertices) > most - 4):
                source = rng.choice(older)
            elif len(vertices) > most - 4:
                continue
            else:
                source = f"{rng.choice(('x', 'apple_price', 'w'))}_{k}{port}"
                vertices.insert(0, Vertex(source, "leaf", name(source)))
            uses.setdefault(source, []).append((node, port))
    for source, targets in uses.items():
        below = lambda: words(rng.choice(NUMBERS))  # noqa: E731
        if len(targets) > 1 and len(vertices) < most:
            vertices.append(Vertex(f"{source}'", "fork", (), words("+=")))
            arcs.append(Arc(source, f"{source}'", 0, words(rng.choice(NUMBERS)), below(), 1))
            arcs += [Arc(f"{source}'", t, p, (), below(), 1) for t, p in targets]
        else:
            arcs += [Arc(source, t, p, words(rng.choice(NUMBERS)), below(), 1) for t, p in targets]
    for v in [v for v in vertices if v.kind == "node" and v.id not in uses]:
        if len(vertices) < most:
            vertices.append(Vertex(f"{v.id}>", "end", name(v.id)))
            arcs.append(Arc(v.id, f"{v.id}>", 0, words(rng.choice(NUMBERS)), words("1"), 1))
    known = {v.id for v in vertices}
    return Diagram(tuple(vertices), tuple(a for a in arcs if a.source in known and a.target in known), title="chance")
