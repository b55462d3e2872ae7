"""The house keeps its directions: who may import whom, read from the imports themselves."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "derivexplain"

GROUND = {"story", "law", "matching", "layer", "symbols", "indices", "errors"}
CONTENT = {"laws", "layers", "slips", "conventions"}
DOORS = {"api", "cli"}
UPWARD = {("story", "api")}  # records reach their display through one late import
FORBIDDEN = {  # a witness must not know the accused; drawing and setting know no derivation
    "proof": {"derivation", "output_form", "diagnosis", "checking"},
    "tracing": {"derivation", "output_form", "diagnosis", "checking"},
    "typeset": {"rendering", "draw", "derivation", "proof"},
    "draw": {"rendering", "derivation", "proof"},
    "derivation": {"diagnosis", "checking"},
    "output_form": {"diagnosis", "checking"},
    "diagnosis": {"checking"},
}


def imported_rooms(source: str, depth: int) -> set[tuple[str, str]]:
    """(room, top module) for every import in a file that lies `depth` levels below the package."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")
            if node.level == 0 and module[0] != "derivexplain":
                found.add(("", module[0]))
                continue
            if 0 < node.level < depth:
                continue  # stays inside its own room
            module = module[1:] if node.level == 0 else module
            names = [module[0]] if module and module[0] else [alias.name for alias in node.names]
            found |= {(name, "derivexplain") for name in names if name != "__version__"}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                first, _, rest = alias.name.partition(".")
                found.add((rest.partition(".")[0] if first == "derivexplain" else "", first))
    return found


def complaints(here: str, source: str, depth: int = 1) -> list[str]:
    found = []
    for there, module in sorted(imported_rooms(source, depth)):
        if module == "jinja2" and here != "rendering":
            found.append("only rendering.py knows jinja2")
        if not there or there == here or (here, there) in UPWARD:
            continue
        if here in GROUND and there not in GROUND:
            found.append(f"ground imports {there}")
        elif here in CONTENT and there not in GROUND:
            found.append(f"content imports {there}")
        elif here == "api" and there == "cli":
            found.append("api imports cli")
        elif here not in GROUND | CONTENT | DOORS and there in CONTENT | DOORS | FORBIDDEN.get(here, set()):
            found.append(f"{here} imports {there}")
    return found


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__main__.py" and p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    relative = path.relative_to(PACKAGE)
    here = relative.parts[0].removesuffix(".py")
    assert complaints(here, path.read_text(encoding="utf-8"), len(relative.parts)) == []


def test_there_are_no_circles():
    rooms: dict[str, set[str]] = {}
    for path in FILES:
        parts = path.relative_to(PACKAGE).parts
        here = parts[0].removesuffix(".py")
        there = {name for name, _ in imported_rooms(path.read_text(encoding="utf-8"), len(parts))}
        rooms.setdefault(here, set()).update(name for name in there - {"", here} if (here, name) not in UPWARD)
    assert tuple(TopologicalSorter(rooms).static_order())


@pytest.mark.parametrize("house", ["checking", "foreign"])
def test_rooms_within_a_house_point_one_way(house):
    """Folders and files that lie in a package: none is imported by what it imports itself, by whatever way."""
    within: dict[str, set[str]] = {}
    for path in (p for p in FILES if p.is_relative_to(PACKAGE / house) and p.parent / "__init__.py" != p):
        parts = path.relative_to(PACKAGE / house).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == len(parts):
                names = [node.module] if node.module else [alias.name for alias in node.names]
                there = {name.partition(".")[0] for name in names} - {parts[0]}
                within.setdefault(parts[0].removesuffix(".py"), set()).update(there)
    assert len(within) > 4 and tuple(TopologicalSorter(within).static_order())


@pytest.mark.parametrize(
    ("here", "source", "depth"),
    [
        ("proof", "from .laws import calculus", 1),
        ("proof", "from . import derivation", 1),
        ("checking", "from ..laws.calculus import LAWS", 2),
        ("checking", "import derivexplain.layers", 2),
        ("typeset", "from jinja2 import Template", 2),
        ("layers", "from ..reading import read", 2),
        ("law", "from .proof import equal", 1),
        ("api", "from ..cli import main", 2),
    ],
)
def test_a_wrong_arrow_is_seen(here, source, depth):
    assert complaints(here, source, depth)
