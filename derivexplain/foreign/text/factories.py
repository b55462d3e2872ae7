"""Factories: functions that hand out a layer as functions written within, ``return forward, backward``, as classes.

What those share is what an instance would keep: a class is written in a factory's place, line for line, so that such
a layer is read, set up and proved like any other; who calls the factory gets its forward and backward all the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from ...checking.flow import names
from ...python_text import rewritten

FRONTS = r"for|fwd|fprop|f$|call|apply|predict|fn$|loss|eval"
BACKS = r"back|bwd|bprop|b$|grad|vjp|pull|df|d_f|deriv|prime|loss_?(grad|prime)"
SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Assert)


def as_classes(text: str, tree: ast.Module) -> tuple[str, ast.Module]:
    """A file's text and tree with classes for its factories; no line changes its number."""
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (out := handed_out(node)):
            found = written(node, *out, lines)
            if found is not None:
                lines[node.lineno - 2 : node.end_lineno] = found
    changed = "\n".join(lines)
    if changed == text:
        return text, tree
    try:
        return changed, ast.parse(changed)
    except SyntaxError:
        return text, tree


def handed_out(node: ast.FunctionDef) -> tuple[dict[str, str], str] | None:
    """What a factory's functions are called in its class, and how one asks for them there; None where it is none."""
    inner = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    last = node.body[-1]
    if node.decorator_list or not isinstance(last, ast.Return) or last.value is None:
        return None
    match last.value:
        case ast.Tuple(elts=parts) if called := halves(parts, inner):
            given = ", ".join(f"self.{called.get(n, n)}" for n in plain(parts))
            return called, f"def __iter__(self): return iter(({given}))"
        case ast.Dict(keys=keys, values=parts) if called := halves(parts, inner):
            given = ", ".join(f"{ast.unparse(k)}: self.{called.get(n, n)}" for k, n in zip(keys, plain(parts)) if k)
            return called, f"def __getitem__(self, key): return {{{given}}}[key]"
        case ast.Call(args=[], keywords=named) if called := halves([k.value for k in named], inner):
            return called, "pass"  # SimpleNamespace(forward=forward, backward=backward)
        case ast.Name(id=front) if front in inner and pullback_in(inner[front]):
            return {front: "forward"}, "def __call__(self, *given): return self.forward(*given)"
    return None


def halves(parts: list[ast.expr], inner: Mapping[str, ast.FunctionDef]) -> dict[str, str]:
    """Forward and backward by their own names or, of two functions, one by that of the other; {} where neither is."""
    functions = [n for n in plain(parts) if n in inner]
    backs = [n for n in functions if re.match(BACKS, n.lower())]
    fronts = [n for n in functions if re.match(FRONTS, n.lower()) and n not in backs]
    if len(functions) == 2 and len(fronts) + len(backs) == 1:
        fronts = fronts or [n for n in functions if n not in backs]
        backs = backs or [n for n in functions if n not in fronts]
    told = fronts and backs and len(plain(parts)) == len(parts)
    return {fronts[0]: "forward", backs[0]: "backward"} if told else {}


def plain(parts: list[ast.expr]) -> list[str]:
    return [p.id for p in parts if isinstance(p, ast.Name)]


def pullback_in(node: ast.FunctionDef) -> tuple[int, ast.FunctionDef | ast.Lambda] | None:
    """Where in ``return y, backward`` the function stands that is written within, and that function."""
    inner = {n.name: n for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node}
    within = {id(m) for n in inner.values() for m in ast.walk(n)}
    returns = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and id(n) not in within]
    if not returns or not isinstance(returns[-1], ast.Tuple):
        return None
    for k, e in enumerate(returns[-1].elts):
        back = e if isinstance(e, ast.Lambda) else inner.get(e.id) if isinstance(e, ast.Name) else None
        if back is not None and back.args.args and len(returns[-1].elts) > 1:
            return k, back
    return None


def written(node: ast.FunctionDef, called: Mapping[str, str], access: str, lines: list[str]) -> list[str] | None:
    """The lines of a factory's class, from the empty one before it; None where it is written in another way."""
    *body, last = node.body
    methods = [n for n in body if isinstance(n, ast.FunctionDef)]
    begun = body[: body.index(methods[0])]
    simple = all(isinstance(n, SIMPLE) for n in begun) and len(begun) + len(methods) == len(body)
    whole = node.args.args if not (node.args.vararg or node.args.kwarg or node.args.kwonlyargs) else None
    above = re.sub(r"^#.*", "", lines[node.lineno - 2]).strip()
    if node.lineno < 2 or above or not simple or whole is None or not methods[0].col_offset:
        return None
    given = [a.arg for a in whole]
    stored = {name for n in begun for name in names(ast.walk(n), ast.Store)}
    own = {*given, *stored, *(m.name for m in methods)}
    shared = {n.id for m in (*methods, last) for n in outer(m, own)}
    kept = shared & {*given}
    if kept & stored:  # b = b or np.zeros(n): both are meant
        return None
    new = rewritten(lines, edits(begun, methods, shared, kept, called))[node.lineno - 1 : node.end_lineno]
    at = lambda row: row - node.lineno  # noqa: E731
    for m in (n for method in methods for n in ast.walk(method) if isinstance(n, ast.Nonlocal)):
        new[at(m.lineno)] = re.sub(r"nonlocal [^;]*", "pass", new[at(m.lineno)])
    for row in range(last.lineno, (last.end_lineno or last.lineno) + 1):
        new[at(row)] = ""
    margin = " " * methods[0].col_offset
    new[at(last.lineno)] = margin + access
    noted = "; ".join(f"self.{n} = {n}" for n in given if n in kept)
    start = at((begun or methods)[0].lineno)  # the head may have several lines
    for k in range(at(methods[0].lineno) if begun else start):
        new[k] = margin + new[k] if new[k].strip() else new[k]
    new[0] = new[0].replace(f"def {node.name}(", f"def __init__(self{', ' if given else ''}", 1)
    if begun and noted:
        first = new[start]
        new[start] = first[: len(first) - len(first.lstrip())] + f"{noted}; {first.lstrip()}"
    elif not begun:
        ends = next((k for k in range(start) if new[k].rstrip().endswith(":")), 0)
        new[ends] = f"{new[ends].rstrip()} {noted or 'pass'}"
    return [f"class {node.name}:", *new]


def outer(node: ast.AST, own: set[str]) -> Iterator[ast.Name]:
    """The nodes of these names that stand for the factory's, in a function and those within it."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        asked = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        own = own - {a.arg for a in asked if a}
        if isinstance(node, ast.FunctionDef):
            said = {name for n in ast.walk(node) if isinstance(n, ast.Nonlocal) for name in n.names}
            own = own - ({name for n in node.body for name in names(ast.walk(n), ast.Store)} - said)
    elif isinstance(node, ast.Name) and node.id in own:
        yield node
    for child in ast.iter_child_nodes(node):
        yield from outer(child, own)


def edits(
    begun: list[ast.stmt], methods: list[ast.FunctionDef], shared: set[str], kept: set[str], called: Mapping[str, str]
) -> Iterator[tuple[int, int, int, str]]:
    """In which line what stands from where to where: ``self.`` before what is shared, ``self`` in what is taken."""
    for n in (n for s in begun for n in ast.walk(s) if isinstance(n, ast.Name) and n.id in shared - kept):
        yield place(n, f"self.{n.id}")
    for m in methods:
        for n in outer(m, shared):
            yield place(n, f"self.{called.get(n.id, n.id)}")
        asked = m.args.args or m.args.posonlyargs or m.args.vararg or m.args.kwonlyargs or m.args.kwarg
        start = m.col_offset + len("def ")
        word = f"{called.get(m.name, m.name)}(self{', ' if asked else ''}"
        yield m.lineno, start, start + len(f"{m.name}(".encode()), word


def place(node: ast.Name, word: str) -> tuple[int, int, int, str]:
    return node.lineno, node.col_offset, node.end_col_offset or 0, word
