"""Layered: the shapes of a cost's data, weights and targets where its text tells them apart, layer by layer.

The same for the two factors of a table, and for a network that is told how wide its layers are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from ...checking.choosing.alone import OF_SEVERAL
from ...checking.source import text_of
from ..text.affine import bare, product, turned
from ..text.code import Code, method_of
from ..text.modelled import Model, modelled
from ..text.things import required, roles, targeted
from ..text.uses import unrolls
from .feeding import EXPONENTIALS, OWN

WIDTHS = "DHTXVP"  # of what comes in and of what is between
SHARES = r"\blog\w*\(\(?1(\.0*)? *-"  # of 1 - p


def as_layered(code: Code, conventions: Any) -> Iterator[Any]:
    """Scenes of a network of two layers or more, or of a table's factors, the likeliest targets first."""
    model = modelled(code, conventions)
    if model is None or not 1 < len(model.layers) + model.factors < len(WIDTHS):
        return
    for wide, targets in outputs(code, model):
        if model.rows and "outer(" in code.source.text:  # one example at a time
            whole = specs(model, wide, targets, False).items()
            shapes = {f"{OWN} {n}": re.sub(r"\(N\)", "()", re.sub(r"\bN,", "", spec)) for n, spec in whole}
            x = shapes[f"{OWN} {model.data}"]
            yield conventions.Scene("a vector, layer by layer", {**conventions.COMMON, "x": x, "other": x, **shapes})
        for axis in (True, False) if kept(code) else (False, True):
            way = "rows" if model.rows else "columns"
            shapes = {f"{OWN} {n}": spec for n, spec in specs(model, wide, targets, axis).items()}
            x = shapes[f"{OWN} {model.data}"]
            roles = {**conventions.COMMON, "x": x, "other": x, **shapes}
            yield conventions.Scene(f"{way} are examples, layer by layer, {way} of outputs", roles)


def as_factors(code: Code, conventions: Any) -> Iterator[Any]:
    """The scene of a table's factors that stand in one vector, or in an instance: both are as wide as the other.

    ``X = p[:n * d].reshape(n, d); T = p[n * d:].reshape(m, d)``, or ``self.U = randn(n, d); self.V = randn(m, d)``
    """
    front = method_of(code.source.text, code.front if code.style == "class" else code.name.rpartition(".")[2])
    whole = [p.name for p in code.forward_args if unrolls(code, p.name)]
    if front is None or len(whole) != (code.style != "class"):
        return
    text = ast.unparse(front)
    made = text if whole else text_of(code.function("__init__"))
    told = rf"(?=[^\n]*reshape)[^\n]*\b{whole[0]}\b" if whole else r"[^\n]*\b(?:rand|rng|normal|uniform)"
    of = rf"(?m)^ *((?:self\.)?\w+) = {told}[^\n]*\([^()]*?(\w+), (\w+)\)"
    parts = {m[1]: (m[2], m[3]) for m in re.finditer(of, made)}
    products = [p for node in ast.walk(front) if isinstance(node, ast.expr) and (p := product(node)) is not None]
    for left, right in products:
        if {bare(left), bare(right)} == {*parts} and not turned(left):
            (rows, inner), columns = parts[bare(left)], parts[bare(right)][not turned(right)]
            usual = {p.name: str(p.default) for p in code.constructor if isinstance(p.default, int)}
            letters = {n: usual.get(n, letter) for n, letter in ((rows, "N"), (inner, "D"), (columns, "M"))}
            table = f"({letters[rows]},{letters[columns]})"
            given = [p.name for p in required(code.forward_args) if p.name not in (*whole, *letters)]
            given = [n for n in given if roles(n, conventions)[:1] != ["alpha"]]
            tables = {n: table if re.search(rf"- {n}\b|\b{n} -", text) else f"bin{table}" for n in given}
            flat = f"({'+'.join(''.join(letters.get(n, n) for n in shape) for shape in parts.values())})"
            own = tables | {n: f"#{letter}" for n, letter in letters.items()} | dict.fromkeys(whole, flat)
            known = {f"{OWN} {n}": spec for n, spec in own.items()}
            x = {"x": flat if whole else table, "other": table}
            yield conventions.Scene("factors of a table", {**conventions.COMMON, **x, **known})
            return


def as_wide_as_told(code: Code, conventions: Any) -> Iterator[Any]:
    """Scenes of a network that is told its widths, and is a cost of data and targets: these are as wide as the last.

    Where its gradients take no sum and ask for no length, they are those of one example.
    """
    given = [p.name for p in required(code.forward_args)]
    back = method_of(code.source.text, code.back) if code.style == "class" and len(given) == 2 else None
    told = any(roles(p.name, conventions)[:1] == ["sizes"] for p in code.constructor)
    if back is None or not told or not targeted(given[1], conventions):
        return
    if [p.name for p in required(code.backward_args)] != given:
        return
    of_all = re.search(OF_SEVERAL, ast.unparse(back)) is not None
    all_ = {"columns are examples": ("(D,N)", "(M,N)"), "rows are examples": ("(N,D)", "(N,M)")}
    alone = {"a column": ("(D,1)", "(M,1)"), "a row": ("(1,D)", "(1,M)"), "a vector": ("(D)", "(M)")}
    share = "bin" if re.search(SHARES, code.source.text) else ""
    for name, (x, y) in (all_ if of_all else alone).items():
        roles_of = {**conventions.COMMON, "x": x, "other": x, f"{OWN} {given[1]}": share + y}
        yield conventions.Scene(f"{name}, targets as outputs", roles_of)


def outputs(code: Code, model: Model) -> Iterator[tuple[str, str]]:
    """How wide the last layer is, and what targets may be."""
    if not model.targets:
        yield from (("M", ""), ("1", ""))
        return
    text, (n, m) = code.source.text, ("N,M", "N,1") if model.rows else ("M,N", "1,N")
    turned, axis = ("", "-?1") if model.rows else ("'", "0")
    found = {
        f"1hot{turned}({n})": re.search(EXPONENTIALS.format(axis), text) is not None,
        "lab(N)<M": model.picked,
        f"bin({n})": re.search(SHARES, text) is not None,
        f"({n})": True,
    }
    likely = sorted(found, key=lambda s: (not found[s], s[:3] != "lab"))
    yield from (("M", s) for s in likely)
    yield from (("1", s) for s in (f"bin({m})", "bin(N)"))


def kept(code: Code) -> bool:
    """Whether sums over examples keep their axis."""
    return re.search(r"keepdims *= *True|\.reshape\(", code.source.text) is not None


def specs(model: Model, wide: str, targets: str, axis: bool) -> dict[str, str]:
    """What each argument is given; offsets with an `axis` for the examples or without."""
    widths = [*WIDTHS[: len(model.layers)], wide]
    found = {model.data: f"(N,{widths[0]})" if model.rows else f"({widths[0]},N)"}
    found |= {model.targets: targets} if model.targets else {}
    found |= dict.fromkeys(model.masks, "bin" + re.sub(r"^\w*|<.*", "", targets))
    for (weights, offset), upright, before, after in zip(model.layers, model.upright, widths, widths[1:]):
        found[weights] = f"({before},{after})" if upright else f"({after},{before})"
        along = f"({after})" if not axis else f"(1,{after})" if model.rows else f"({after},1)"
        found |= {offset: along} if offset else {}
    boxes: dict[str, dict[str, str]] = {}
    for name, box, key in [(n, *m.groups()) for n in found if (m := re.fullmatch(r"(\w+)\['(\w+)'\]", n))]:
        boxes.setdefault(box, {})[key] = found.pop(name)
    return found | {box: str(inner) for box, inner in boxes.items()}
