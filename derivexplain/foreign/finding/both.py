"""Both: functions that give a loss and its gradients at once: ``return loss, dx``."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

from ..building.feeding import SCALARS
from ..text.gradients import among
from ..text.modules import Module
from ..text.things import (
    given_back,
    matches,
    normal,
    parameters,
    required,
    roles,
    source_of,
    targeted,
    undecorated,
    written,
)
from ..text.uses import moved_by
from .tables import takes_one

LOSSES = (
    r"loss|perda|perdida|perte|verlust|svm|softmax|entropy|hinge|mse|cost|nll|log_?lik|likelihood|objective|energy"
    r"|huber|triplet|contrastive|divergence|info_?nce|focal"
)
TOLD = (
    r"(loss|cost|perda|perte|p[eé]rdida|verlust)\b.{0,40}\b(and|with|e|et|y|und)\b.{0,40}"
    r"\b(gradient(es?|en|s)?|derivatives?)\b"
)
NO_SLOPE = r"acc|pred|prob|cache|scores?$|y|h\d*$|count|metric"
VALUE = r"j|f?val(ue)?|obj"  # what a cost may be called where a gradient stands beside it: return J, grad


def gives_both(function: Any, module: Module, conventions: Any) -> tuple[int, tuple[tuple[int, str], ...]] | None:
    """Where a loss, by its own name or by what it returns, gives itself and its gradients: ``return loss, dx``."""
    function = undecorated(function)
    node = written(function, module)
    returns = given_back(node)
    whole = [r for r in returns if isinstance(r, ast.Tuple) and len(r.elts) > 1]
    several = [r.elts for r in sorted(whole, key=lambda r: r.lineno)]  # the last in the text, not the deepest
    if not several or of_softmax_alone(function):
        return None
    names = [held_by(e) for e in several[-1]]
    names = [
        "d" if n in names[:k] and told_slope(e) else n for k, (n, e) in enumerate(zip(names, several[-1]))
    ]  # -da
    asked = taken_as(function.__name__, len(names), module)  # loss, dW, db = self.loss(X, y)
    if not all(isinstance(e, ast.Name) for e in several[-1]) and any(re.match("d|grad", normal(n)) for n in asked):
        names = [e.id if isinstance(e, ast.Name) else n for e, n in zip(several[-1], asked)]
    given = [p.name for p in required(parameters(function)) if not targeted(p.name, conventions)]
    named = [any(among([n], a, conventions) for a in given if n != a) for n in names]  # x_bar, of x
    slopes = tuple((k, n) for k, n in enumerate(names) if named[k] or re.match(r"d(?!ata|ist)|grad|g$", normal(n)))
    within = [(k, e.elts) for k, e in enumerate(several[-1]) if isinstance(e, ast.Tuple | ast.List)]
    if len(names) == 2 and len(within) == 1:  # return loss, (da, db): all of them at one place
        (place, parts), *_ = within
        inner = [held_by(e) for e in parts]
        told = [bool(re.match(r"d(?!ata|ist)|g(rad.*|\d*)$", normal(n))) for n in inner]
        if inner and (all(told) or sum(told) > 1):  # dV, dW, Ev, Ew
            slopes = tuple((place, n) for n in inner)
    if not slopes and len(names) == 2 and re.search(LOSSES, function.__name__.lower()):
        less = less_the_targets(function, module)
        slopes = tuple((k, "") for k, e in enumerate(several[-1]) if made_of_slopes(e) or names[k] in less)
        # (loss, active / n)
        words = ast.get_docstring(node) if node and re.search(LOSSES, names[0].lower()) else None
        if not slopes and re.search(TOLD, words or "", re.I) and not re.match(NO_SLOPE, normal(names[1])):
            slopes = ((1, ""),)
    if not slopes and re.search(LOSSES, names[0].lower()):
        slopes = worked_out(several[-1], function, conventions)
    losses = [
        k
        for k, e in enumerate(several[-1])
        if re.search(LOSSES, f"{ast.unparse(e)} {names[k]}".lower()) and k not in {place for place, _ in slopes}
    ] or [k for k, n in enumerate(names) if slopes and matches(VALUE, normal(n))]
    if slopes and not losses and re.search(LOSSES, function.__name__.lower()):
        left = [k for k in range(len(names)) if k not in {place for place, _ in slopes}]
        losses = [k for k in left if len(names) == 2 or not re.match(NO_SLOPE, normal(names[k]))]
    if len(names) == 2 and not losses and asks_for_targets(function, conventions):
        losses = [0] if names[0] in ("L", "E") or (named == [False, True] and totals(node, names[0])) else []
    if len(losses) != 1 or not slopes or len(names) > len({k for k, _ in slopes}) + 2:
        return None
    if node and of_what_was_before(node, several[-1][losses[0]], [n for _, n in slopes]):
        return None
    if node and is_history(node, several[-1][losses[0]]):
        return None
    return losses[0], slopes


def of_what_was_before(node: ast.FunctionDef, loss: ast.expr, slopes: Sequence[str]) -> bool:
    """Whether a loss is of what a network gave before, ``A4``, and knows nothing of most that has a gradient here."""
    made: dict[str, set[str]] = {}
    for n in ast.walk(node):
        targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AugAssign) else []
        read = {v.id for v in ast.walk(n.value) if isinstance(v, ast.Name)} if targets else set()
        for name in (v.id for t in targets for v in ast.walk(t) if isinstance(v, ast.Name)):
            made.setdefault(name, set()).update(read)
    known, ahead = set[str](), [n.id for n in ast.walk(loss) if isinstance(n, ast.Name)]
    while ahead:
        if (name := ahead.pop()) not in known:
            known.add(name)
            ahead += made.get(name, ())
    given = {a.arg for a in node.args.args}
    owed = {re.sub(r"^d_?|^grad_?", "", n) for n in slopes} & given
    return len(owed) > 3 and len(owed & known) <= len(owed) // 2


def is_history(node: ast.FunctionDef, loss: ast.expr) -> bool:
    """Whether a loss is a list of those of all steps, ``return params, grads, costs``, after the last of them."""
    loops = [n for n in node.body if isinstance(n, ast.For | ast.While)]
    inside = {ast.unparse(n) for loop in loops for n in ast.walk(loop) if isinstance(n, ast.Call)}
    noted = any(call.startswith(f"{ast.unparse(loss)}.append(") for call in inside)
    given = {a.arg for a in node.args.args}
    steps = (s for loop in loops for n in ast.walk(loop) if (s := moved_by(n)))
    moved = {ast.unparse(at) for at, by in steps if not isinstance(by, ast.Constant)}
    return noted and bool(moved & given) and not any(isinstance(n, ast.Return) for s in loops for n in ast.walk(s))


def of_softmax_alone(function: Any) -> bool:
    """Whether a function of one array is a softmax, and no loss after it: ``return s, ds``."""
    words = re.sub("softmax", "", function.__name__.lower())
    return words != function.__name__.lower() and not re.search(LOSSES, words) and takes_one(function)


def totals(node: ast.FunctionDef | None, name: str) -> bool:
    """Whether a name stands for one number over all entries: ``np.mean((x - t) ** 2)``, ``-np.sum(..) / n``."""
    lines = [n for n in ast.walk(node) if isinstance(n, ast.Assign)] if node else []
    made = [ast.unparse(n.value) for n in lines if ast.unparse(n.targets[0]) == name]
    return any(re.search(r"\b(sum|mean)\(", text) and "axis" not in text for text in made)


def asks_for_targets(function: Any, conventions: Any) -> bool:
    return any(targeted(p.name, conventions) for p in required(parameters(function)))


def worked_out(given: Sequence[ast.expr], function: Any, conventions: Any) -> tuple[tuple[int, str], ...]:
    """Gradients that are worked out beside a loss, as they are returned: ``return loss, d @ z2, d.T @ z1``.

    They are as many as the arrays that the loss is of; where it is one, a transpose tells it from a prediction.
    """
    _, *rest = given
    if not all(isinstance(e, ast.BinOp | ast.UnaryOp) for e in rest):
        return ()
    roles_of = [(p.name, roles(p.name, conventions)[:1]) for p in required(parameters(function))]
    owed = [n for n, r in roles_of if not targeted(n, conventions) and not {*r} & {*SCALARS}]
    turned = re.search(r"\w\.T (@|\* )|\.T\.dot\(|dot\(\w+\.T\b", ast.unparse(rest[0]))
    return tuple((k, "") for k in range(1, len(given))) if len(rest) == len(owed) > 1 or turned else ()


def taken_as(name: str, count: int, module: Module) -> list[str]:
    """What the file calls the several things that a function gives, where it asks for them."""
    for n in ast.walk(module.tree):
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call) and isinstance(n.targets[0], ast.Tuple):
            parts = [ast.unparse(e) for e in n.targets[0].elts]
            if ast.unparse(n.value.func).split(".")[-1] == name and len(parts) == count:
                return parts
    return []


def less_the_targets(function: Any, module: Module) -> list[str]:
    """What is a softmax's gradient, whatever its name: ``error[rows, labels] -= 1``."""
    text, at = source_of(function, module).text, r"\b(\w+)\[[^\]=\n]*,[^=\n]*\] *"
    own = r"(?:=|-=|\+=) *-? *(?:np\.sum\(\1\b|\1\.sum\()"  # active[rows, labels] = -active.sum(axis=1): a hinge's
    return re.findall(rf"{at}-= *1\b", text) + re.findall(rf"{at}{own}", text)


def made_of_slopes(e: ast.expr) -> bool:
    """Whether a gradient is worked out as it is returned: ``dp * p * (1 - p)``, ``weight * g``."""
    names = [normal(n.id) for n in ast.walk(e) if isinstance(n, ast.Name)] if isinstance(e, ast.BinOp) else []
    return any(re.fullmatch(r"d[a-z]|d(x|y|z|out|logits|scores|pred)\w*|grad\w*|g", n) for n in names)


def told_slope(e: ast.expr) -> bool:
    return held_by(e).startswith(("d", "grad")) or made_of_slopes(e)


def held_by(e: ast.expr) -> str:
    """The name of what is returned, whatever is done to it: ``dx.reshape(n, t)``, ``-d``; "" where it has none."""
    match e:
        case ast.Name(id=name):
            return name
        case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.UnaryOp(operand=inner):
            return held_by(inner)
        case ast.Dict(values=values) if values and all(told_slope(v) for v in values):
            return "grads"  # {"W": dW, "b": db.sum(0)}
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            name = held_by(right if isinstance(left, ast.Constant) else left)
            return "" if re.search(LOSSES, name.lower()) else name
    return ""
