"""Pullbacks: functions that return their own backward beside the output, ``return y, backward``, or are given one.

A framework is told of it: ``defvjp(f, lambda ans, x: lambda g: ...)`` in autograd, ``f.defvjp(forward, backward)``
in JAX.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator
from typing import Any

from ...checking.subject import Source
from ..text.factories import pullback_in
from ..text.modules import Module
from ..text.things import (
    Pair,
    forward_of,
    given_back,
    joined,
    method,
    parameters,
    positional,
    required,
    source_of,
    undecorated,
)


def pulled(function: Any, node: ast.FunctionDef, module: Module) -> Pair | None:
    """A function that hands out its pullback, as a pair whose cache that is; None where it hands out none."""
    found = pullback_in(node)
    if found is None or not inspect.isfunction(function):
        return None
    place, inner = found

    @functools.wraps(function)
    def forward(*given: Any, **named: Any) -> Any:
        parts = list(function(*given, **named))
        return (*parts[:place], *parts[place + 1 :], parts[place])

    return Pair(
        node.name, forward, runner(inner), source=source_of(function, module), functions=(undecorated(function),)
    )


def pulled_class(cls: type, node: ast.ClassDef, conventions: Any) -> type | None:
    """The same for a class: its forward returns what other classes have as their backward."""
    front = forward_of(cls, conventions)
    text = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == front), None)
    found = pullback_in(text) if text and not method(cls, conventions.BACKWARD) else None
    if found is None:
        return None
    run = runner(found[1])
    back = lambda self, *given: run(*given)  # noqa: E731
    asked = inspect.signature(run).parameters.values()
    back.__signature__ = inspect.Signature([positional("self"), *asked])  # type: ignore[attr-defined]
    return type(cls.__name__, (cls,), {"backward": back, "__module__": cls.__module__})


def runner(inner: ast.FunctionDef | ast.Lambda) -> Any:
    """Backward of such a pair: it runs what forward handed out, and knows what that calls its gradients."""
    names = [a.arg for a in inner.args.args[: len(inner.args.args) - len(inner.args.defaults)]]
    returned = given_back(inner)
    parts = returned[-1].elts if returned and isinstance(returned[-1], ast.Tuple) else []

    def backward(*given: Any) -> Any:
        *douts, pullback = given
        return pullback(*douts)

    backward.returned = tuple(n.id if isinstance(n, ast.Name) else "" for n in parts)  # type: ignore[attr-defined]
    backward.__signature__ = inspect.Signature([*map(positional, names), positional("cache")])  # type: ignore[attr-defined]
    return backward


def registered(module: Module) -> Iterator[tuple[int, Pair]]:
    """Functions that are told their backward in a line of their own, with that line's number."""
    for node in module.tree.body:
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Name(id="defvjp"), args=[ast.Name() | ast.Attribute() as first, *slopes], keywords=more
                )
            ):
                places = next((k.value for k in more if k.arg == "argnums"), None)
                pair = with_slopes(first, slopes, places, module)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="defvjp"), args=[a, b])):
                known = [n.id for n in (a, b) if isinstance(n, ast.Name) and n.id in module.names]
                halves = [module.names[n] for n in known]
                pair = Pair(name, *halves, source=text_of(module, *halves)) if len(halves) == 2 else None
            case _:
                continue
        if pair is not None:
            yield node.lineno, pair


def with_slopes(first: ast.expr, slopes: list[ast.expr], places: ast.expr | None, module: Module) -> Pair | None:
    """A function with a maker of its pullback for each argument, or for those at some places."""
    if not isinstance(first, ast.Name | ast.Attribute):
        return None
    try:
        function, *made = (within(s, module) for s in (first, *slopes))
        at = within(places, module) if places else range(len(made))
    except Exception:  # whatever the user's line names and is not there
        return None
    makers = [m for m in made if inspect.isfunction(m)]
    if not callable(function) or not makers or len(makers) + made.count(None) < len(made):
        return None
    most = max(at, default=-1) + 1
    asked = [p for p in parameters(function) if p.kind == p.POSITIONAL_OR_KEYWORD]
    asked = asked[: max(most, len(required(asked)))] or required(parameters(makers[0]))[1:]  # NumPy's own tell none

    def forward(*given: Any) -> Any:
        out = function(*given)
        return out, (out, given)

    def backward(dout: Any, cache: Any) -> dict[str, Any]:
        out, given = cache
        known = [(p.name, m) for p, m in ((asked[k], m) for k, m in zip(at, made) if k < len(given)) if m is not None]
        return {name: m(out, *given)(dout) for name, m in known}

    forward.__signature__ = inspect.Signature(asked)  # type: ignore[attr-defined]
    own = tuple(f for f in (function, *makers) if inspect.isfunction(f))
    return Pair(ast.unparse(first).rpartition(".")[2], forward, backward, source=text_of(module, *own), functions=own)


def within(value: ast.expr, module: Module) -> Any:
    """What an expression of the user's is in its file, at its line."""
    return eval(compile(ast.Expression(value), module.path, "eval"), module.names)


def text_of(module: Module, *functions: Any) -> Source:
    here = [f for f in functions if f.__code__.co_filename == module.path]
    return Source(module.path, *joined([source_of(f, module) for f in here]))
