"""Pairing: the functions of a file that belong together by their names, and losses that give their gradients too."""

from __future__ import annotations

import ast
import difflib
import functools
import inspect
import os
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any

from ...bytecode import instructions
from ...checking.source import is_backward, text_of
from ...checking.subject import Source
from ..text.code import method_of
from ..text.modules import Module
from ..text.surroundings import settle
from ..text.things import (
    Fused,
    Pair,
    given_back,
    given_upstream,
    joined,
    matches,
    normal,
    parameters,
    positional,
    required,
    return_names,
    roles,
    source_of,
    takes_both,
)
from .both import gives_both
from .costs import Found, of_one_cost, only_cost, only_network, shortened, sloped, stem_of, without_penalty
from .tables import gives_slope

HALVES = ("_data", "_input")  # of what a backward gives: for what comes in, none for weights


def pairs(
    own: dict[str, Any], module: Module, conventions: Any, borrowed: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[tuple[int, Pair | Fused]]:
    """With their lines: functions and their backward, those with a flag, and losses that give both."""
    own = {n: f for n, f in own.items() if not (unwritten(f) or left_open(f) or looked_up(f, conventions))}
    functions = {**borrowed, **own}
    used: set[str] = set()
    lines = {n.name: n.lineno for n in module.tree.body if isinstance(n, ast.FunctionDef)}
    for front, back, local, label in chain(  # each begins when the one before has ended, and leaves what that used
        of_one_cost(own, used, conventions),  # before softmax(z) takes gradient_softmax(W, X, y)
        by_name(functions, own, used, lines, module, conventions),
        shortened(own, used, conventions),
        only_cost(own, used, conventions),
        only_network(own, used, module, conventions),
        misspelt(own, used, conventions),
        given_again(own, used, conventions),
    ):
        used |= {front, back}
        text = Source(module.path, *joined([source_of(own[n], module) for n in (front, back) if n in own]))
        both = with_context(functions[front], functions[back], conventions)
        yield lines.get(front, lines.get(back, 0)), Pair(label, *both, local, text)
    for name, function in own.items():  # def sigmoid(x, deriv=False) and the like have one function for both
        flag = flagged(function, conventions) if name not in used else ""
        if flag:
            used.add(name)
            slope = functools.partial(function, **{flag: True})
            yield lines.get(name, 0), Pair(name, function, slope, True, source_of(function, module))
    for name, function in own.items():
        if name not in used and (places := gives_both(function, module, conventions)):
            settle(function, module, conventions)
            yield lines.get(name, 0), Fused(name, function, source_of(function, module), *places)
        elif name not in used and (pair := gives_slope(function, module, conventions)):
            yield lines.get(name, 0), pair


def by_name(
    functions: Mapping[str, Any],
    own: Mapping[str, Any],
    used: set[str],
    lines: Mapping[str, int],
    module: Module,
    conventions: Any,
) -> Found:
    """Functions whose names belong together: ``affine_forward`` and ``affine_backward``, ``tanh`` and ``d_tanh``."""
    fronts: set[str] = set()  # those that have a derivative, and may have another
    texts = [n.name for n in module.tree.body if isinstance(n, ast.FunctionDef)]
    for front, back, local in (*conventions.PAIRS, *of_one_kind(functions, conventions), *conventions.SECOND):
        second = (front, back, local) in conventions.SECOND
        taken = set() if second else used - fronts
        for name in sorted(functions, key=lambda n: lines.get(n, 0)):
            if name in taken or not (stem := stem_of(name, front)) or stem == "get":
                continue
            other = back.replace("*", stem)
            match = next((n for n in functions if normal(n) == normal(other) and n not in used and n != name), None)
            if match is None or own.keys().isdisjoint((name, match)):
                continue
            wrapped = match == other and name[1:] in functions and other[1:] not in functions
            if helps(name, functions) and not wrapped:
                continue  # sigmoid(x) only wraps _sigmoid and _sigmoid_grad
            if match[:1] == "_" and name[:1] != "_" and f"_{name}" in functions:
                continue
            forward, backward = functions[name], functions[match]
            if texts.count(name) > texts.count(match) == 1 and lines[match] < lines[name]:
                continue  # that of an earlier function of this name
            if second and len(required(parameters(forward))) != 1:
                continue
            if front == "forward" and not given_upstream(backward, conventions):
                continue  # a network's, of all its layers
            slope = local and not hung(backward, module, conventions)
            if slope and (takes_both(forward, backward, conventions) or takes_kept(forward, backward, conventions)):
                slope = False
            if slope and not sloped(forward, backward, conventions):
                continue
            if slope and (tells_both(match, name, module) or of_weights(match, name, module)):
                continue
            if slope and without_penalty(forward, backward, own, conventions):
                continue  # gradient(w, X, y) beside gradient_reg(w, X, y, lam=1), of a cost that has lam=1
            if back.endswith(HALVES) and len(required(parameters(forward))) != 1:
                continue  # another function gives the gradient for the weights
            rival = functions.get(stem) if front != "*" else None
            if rival and _fits(rival, backward) and not _fits(forward, backward):
                continue  # linear_backward(dA, cache) -> dZ is that of linear(Z), not of linear_forward(A, W, b)
            label = match if name in fronts else name if front == "*" or local else stem.rstrip("_")
            fronts.add(name)
            yield name, match, slope, label


def takes_kept(forward: Any, backward: Any, conventions: Any) -> bool:
    """Whether a gradient is given an upstream one, and what its function has kept: ``softmax_grad(dout, saved)``."""
    names = [normal(p.name) for p in required(parameters(backward))]
    rest = [n for n in names if not matches(conventions.CACHE, n)]
    known = {normal(p.name) for p in parameters(forward)}  # d_tanh(x, cache) gives a slope
    return len(names) == 2 and len(rest) == 1 and (matches(conventions.UPSTREAM, rest[0]) or rest[0] not in known)


def of_one_kind(functions: Mapping[str, Any], conventions: Any) -> Iterator[tuple[str, str, bool]]:
    """Pairs that tell their kind at the end: ``batchnorm_forward_conv`` and ``batchnorm_backward_conv``."""
    for kind in sorted({m[1] for n in functions if (m := re.search(r"_forward(_\w+)$", n))}):
        yield f"*_forward{kind}", f"*_backward{kind}", False
    for kind in sorted({m[0] for n in functions if (m := re.search(r"_(np|numpy)$", n))}):  # huber_np, huber_grad_np
        yield from ((f"*{kind}", f"{b}{kind}", local) for f, b, local in conventions.PAIRS if f == "*")
    for number in sorted({m[0] for n in functions if (m := re.search(r"\d+$", n))}):  # act2, act_der2
        yield from ((f"*{number}", f"{b}{number}", local) for f, b, local in conventions.PAIRS if f == "*" != b[-1])


def misspelt(own: Mapping[str, Any], used: set[str], conventions: Any) -> Found:
    """Functions and a derivative whose name has a letter wrong: ``sigmoid`` and ``simoid_prime``."""
    left = [n for n in own if n not in used and len(required(parameters(own[n]))) == 1]
    patterns = [b for front, b, local in conventions.PAIRS if local and front == "*" and len(b) > 4]
    for back in left:
        stem = next((s for p in patterns if (s := stem_of(back, p))), "")
        near = difflib.get_close_matches(stem, [n for n in left if n != back], n=2, cutoff=0.8)
        if len(near) == 1 and len(stem) > 3:
            yield near[0], back, True, near[0]


def given_again(own: Mapping[str, Any], used: set[str], conventions: Any) -> Found:
    """A backward that takes all that its forward took: ``embed_lookup(E, ids)``, ``embed_backward(E, ids, dX)``."""
    for name, back in own.items():
        stem = next((s for _, b, _ in conventions.PAIRS if b[:2] == "*_" and (s := stem_of(name, b))), "")
        others = [n for n in own if n not in used and n != name and n.startswith(f"{stem}_")]
        if name in used or not stem or len(others) != 1:
            continue
        front, given = others[0], {p.name for p in required(parameters(back))}
        if set() < {p.name for p in required(parameters(own[front]))} < given and not helps(front, own):
            yield front, name, False, front


def beside(node: ast.ImportFrom, module: Module) -> dict[str, Any]:
    """The functions that are taken from a file beside this one: half of a pair may be there."""
    given = {n: module.names.get(n) for a in node.names for n in ([a.asname or a.name] if a.name != "*" else [])}
    place = os.path.dirname(os.path.abspath(module.path))
    return {
        n: f
        for n, f in given.items()
        if inspect.isfunction(f) and os.path.dirname(os.path.abspath(f.__code__.co_filename)) == place
    }


def unwritten(function: Any) -> bool:
    """Whether a function's body is pass, or says that it is not written: there is nothing to check yet."""
    code = getattr(function, "__code__", None)
    if code is None or not all(c is None or isinstance(c, str) for c in code.co_consts):
        return False
    return operations_of(code) <= NOTHING and set(code.co_names) <= {"NotImplementedError"}


def looked_up(function: Any, conventions: Any) -> bool:
    """Whether a function takes a word alone, by which it gives another: ``get_activation(name)``."""
    asked = required(parameters(function)) if inspect.isroutine(function) else []
    if len(asked) != 1:
        return False
    told = asked[0].annotation in (str, "str") or roles(asked[0].name, conventions)[:1] == ["name"]
    return told or re.search(rf"\b{re.escape(asked[0].name)} *== *['\"]", text_of(function)) is not None


def left_open(function: Any) -> bool:
    """Whether what a function returns first is None, whatever comes in: ``out = None``, ``# TODO``."""
    text = text_of(function)
    if "None" not in text or not inspect.isfunction(function) or is_backward(function.__name__, ()):
        return False
    node = method_of(text, function.__name__)
    given = given_back(node)
    firsts = {ast.unparse(v.elts[0] if isinstance(v, ast.Tuple) and v.elts else v) for v in given if v is not None}
    name = firsts.pop() if len(firsts) == 1 else ""
    if node is None or not name.isidentifier() or name in function.__code__.co_varnames[: len(parameters(function))]:
        return False
    set_ = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]
    open_ = [n for n in ast.walk(node) if isinstance(n, ast.Assign) and sets_nothing(n)]
    return bool(set_) and {*map(id, set_)} <= {id(t) for n in open_ for of in n.targets for t in ast.walk(of)}


def sets_nothing(node: ast.Assign) -> bool:
    """Whether None is all that is assigned: ``dx, dw = None, None``."""
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    return all(isinstance(v, ast.Constant) and v.value is None for v in values)


def operations_of(code: Any) -> set[str]:
    return {i.opname for i in instructions(code)}


NOTHING = frozenset(  # what a body of pass, of a docstring or of raise NotImplementedError compiles to
    [
        "RESUME",
        "RETURN_CONST",
        "LOAD_CONST",
        "RETURN_VALUE",
        "NOP",
        "POP_TOP",
        "CACHE",
        "PUSH_NULL",
        "PRECALL",
        "CALL",
        "RAISE_VARARGS",
        "LOAD_GLOBAL",
        "LOAD_COMMON_CONSTANT",
        "RETURN_GENERATOR",
    ]
)


def helps(name: str, functions: Mapping[str, Any]) -> bool:
    """Whether a private function does a part of what others in the file do: ``_pool_forward(x, pool, size)``."""
    others = [getattr(f, "__code__", None) for n, f in functions.items() if n[:1] != "_"]
    return name[:1] == "_" and any(c is not None and name in c.co_names for c in others)


def with_context(forward: Any, backward: Any, conventions: Any) -> tuple[Any, Any]:
    """A pair that may share a dict, ``f(x, *, context=None)`` and ``f_grad(g, x, *, context=None)``: their cache."""
    ways = [inspect.signature(f).parameters.values() for f in (forward, backward)]
    may = {p.name for p in ways[0] if p.default is None}
    may &= {p.name for p in ways[1] if p.default is None or p.kind == p.KEYWORD_ONLY}
    name = next((n for n in may if matches(conventions.CACHE, normal(n))), "")
    if not name:
        return forward, backward

    @functools.wraps(forward)
    def front(*given: Any, **named: Any) -> Any:
        kept: dict[str, Any] = {}
        return forward(*given, **named, **{name: kept}), kept

    @functools.wraps(backward)
    def back(*given: Any, **named: Any) -> Any:
        *rest, kept = given
        return backward(*rest, **named, **{name: kept})

    plain = [[p for p in way if p.name != name] for way in ways]
    first = [p for p in plain[1] if p.kind == p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
    others = [p for p in plain[1] if p.kind == p.KEYWORD_ONLY]
    cache = positional("cache")
    front.__signature__ = inspect.Signature(plain[0])  # type: ignore[attr-defined]
    back.__signature__ = inspect.Signature([*first, cache, *others])  # type: ignore[attr-defined]
    return front, back


def hung(function: Any, module: Module, conventions: Any) -> bool:
    """Whether a function hangs gradients on the arrays that it is given: ``inp.g = (inp > 0) * out.g``."""
    return re.search(conventions.HUNG, source_of(function, module).text) is not None


def flagged(function: Any, conventions: Any) -> str:
    """The flag that turns a function into its derivative, as in ``sigmoid(x, deriv=False)``; else ""."""
    more = parameters(function)[1:]
    targets = [p for p in required(parameters(function)) if matches(conventions.TARGET, normal(p.name))]
    more = tuple(p for p in more if p.default is not p.empty or not targets)  # mse(y_true, y_pred, derivative=False)
    flags = [p.name for p in more if p.default is False and re.fullmatch(conventions.FLAG, normal(p.name))]
    return flags[0] if len(flags) == 1 and all(p.default is not p.empty for p in more) else ""


def _fits(forward: Any, backward: Any) -> bool:
    """Whether backward returns as many gradients as forward takes arguments."""
    wanted = [p for p in inspect.signature(forward).parameters.values() if p.default is p.empty]
    return len(wanted) == max(len(return_names(backward)), 1)


def tells_both(name: str, front: str, module: Module) -> bool:
    """Whether what is called a gradient gives the function too: ``value = cost(w)``, ``return value, gradient``."""
    function = next((n for n in module.definitions if n.name == name), None)
    nodes = list(ast.walk(function)) if function else []
    calls = {ast.unparse(n) for n in nodes if isinstance(n, ast.Call) and ast.unparse(n.func) == front}
    held = {ast.unparse(n.targets[0]) for n in nodes if isinstance(n, ast.Assign) and ast.unparse(n.value) in calls}
    given = (n.value.elts for n in nodes if isinstance(n, ast.Return) and isinstance(n.value, ast.Tuple))
    return any(ast.unparse(e) in calls | held for elts in given for e in elts)


def of_weights(name: str, front: str, module: Module) -> bool:
    """Whether a gradient is that of weights, ``X.T @ error`` of softmax_grad(X, error), and no function's slope."""
    given = [a.arg for a in node.args.args if a.arg != "self"] if (node := written_as(name, module)) else []
    other = [a.arg for a in known.args.args if a.arg != "self"] if (known := written_as(front, module)) else []
    two = len(given) == 2 and len(other) == 1 and not {*given} & {*other}
    products = (rf"{given[0]}\.T *(@|\.dot\()", rf"dot\({given[0]}\.T\b") if two else ()
    return any(re.search(rf"{p} *\(?{given[1]}\b", ast.unparse(node).replace(", ", " ")) for p in products if node)


def written_as(name: str, module: Module) -> ast.FunctionDef | None:
    return next((n for n in module.definitions if isinstance(n, ast.FunctionDef) and n.name == name), None)
