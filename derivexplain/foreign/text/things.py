"""Things: what is found in a file, and what signatures and source texts say of it."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import re
import textwrap
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...bytecode import instructions
from ...checking.source import methods_of, text_of
from ...checking.subject import Source
from .modules import Module

Parameter = inspect.Parameter


@dataclass(frozen=True)
class Pair:
    """Two functions that belong together: forward, and its backward or its local derivative."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    local: bool = False  # backward's name says derivative, not backward
    source: Source = Source()
    functions: tuple[Callable[..., Any], ...] = ()  # what is at work in them, where they only lead to it


@dataclass(frozen=True)
class Methods(Pair):
    """Two methods of a class that are told from its others by their names: a cost and its slopes."""

    cls: type = object


@dataclass(frozen=True)
class Fused:
    """One function that returns the loss and its gradient together: ``loss, dx = softmax_loss(x, y)``.

    `loss` is the loss's place in what it returns, `gradients` are the others' with their names. It may be a method
    of a class `cls`: ``loss, grads = network.loss(x, y)``.
    """

    name: str
    forward: Callable[..., Any]
    source: Source = Source()
    loss: int = 0
    gradients: tuple[tuple[int, str], ...] = ((1, ""),)
    cls: type = object


@dataclass(frozen=True)
class Factory:
    """A zero-argument function that gives a fresh layer each time it is called."""

    name: str
    make: Callable[[], Any]


def normal(name: str) -> str:
    return name.lower().replace("_", "")


def method(cls: Any, names: Any) -> str:
    """The first of the conventional names that a class has a method for; "" where it has none."""
    have: dict[str, str] = {}
    for n in dir(cls):
        if n.startswith("__") and n not in ("__call__",):
            continue
        value = inspect.getattr_static(cls, n, None)
        if n == "__call__" and getattr(value, "__module__", "") == f"{__package__}.standins":
            continue  # of a base class that is not there
        if isinstance(value, property) or not callable(getattr(cls, n, None)) or isinstance(value, type):
            continue
        have.setdefault(normal(n), n)
    return next((have[n] for n in names if n in have), "")


def forward_of(cls: type, conventions: Any) -> str:
    """The method that is forward: by a usual name, or by the class's own, as ``Sigmoid().sigmoid(x)``.

    Where backward reads what this one does not keep, ``predict(x)``, it is another that does: ``forward_train(x)``.
    """
    if node := of_a_node(cls, conventions):
        return node[0]
    front = method(cls, conventions.FORWARD) or method(cls, (normal(cls.__name__),))
    back = method(cls, conventions.BACKWARD)
    methods, whole = methods_of(cls), normal(back) in conventions.WHOLE
    if not front and whole:  # the only other one: transform(x), process(x)
        takes = [n for n, m in methods.items() if n[:1] != "_" and n != back and required(parameters(m, bound=True))]
        takes = [n for n in takes if attributes(n, methods) | attributes(n, methods, "LOAD_ATTR")]  # no base's
        read = attributes(back, methods, "LOAD_ATTR")
        front = takes[0] if len(takes) == 1 and back in methods and attributes(takes[0], methods) & read else ""
    if not front and whole and {back, loss := method(cls, conventions.COSTS)} <= methods.keys():
        names = [[p.name for p in required(parameters(methods[n], bound=True))] for n in (loss, back)]
        return loss if names[0] == names[1] else ""
    if front not in methods or back not in methods:
        return front
    taken = [required(parameters(methods[n], bound=True)) for n in (front, back)]
    cost = methods.get(method(cls, conventions.COSTS)) if len(taken[1]) > len(taken[0]) == 1 else None
    same = cost and [p.name for p in required(parameters(cost, bound=True))] == [p.name for p in taken[1]]
    runs = reached(cost.__name__, methods) if cost and same else set[str]()
    about = front in runs or (bool(runs) and taken[0][0].name == taken[1][0].name)  # not of what comes out
    if back and len(taken[1]) > 2 and (told := cost_beside(back, methods, conventions)):
        return told  # hinge_loss(w, b, X, y) beside gradient(w, b, X, y), whatever predict(X) does
    if cost and about and not any(one_of_many(methods[n], front) for n in runs):
        return cost.__name__  # loss(X, y) beside gradient(X, y), both of which ask forward(X)
    known = [n for n in methods if normal(n) in conventions.FORWARD or normal(n).startswith(conventions.FORWARD[0])]
    others = [n for n in known if n not in (front, back, "__call__")]
    alone = [n for n in others if not parameters(methods[n], bound=True) and taken[0]]
    others = [n for n in others if n not in alone or attributes(n, methods, "LOAD_ATTR")]  # evaluate() is a switch
    if not others or front in reached(back, methods):
        return front
    kept = [n for n in others if any(matches(conventions.CACHE, normal(g)) for g in return_names(methods[n]))]
    if kept and not return_names(methods[front]):
        asked = [normal(p.name) for p in parameters(methods[back], bound=True)]
        if any(matches(conventions.CACHE, a) for a in asked):
            return kept[0]  # forward_with_cache(x) for backward(dout, cache)
    both = (back, method(cls, conventions.ACCUMULATE))
    lost = {a for n in both for a in attributes(n, methods, "LOAD_ATTR")} - set(dir(cls))
    lost -= {a for n in ("__init__", front, *both) for a in attributes(n, methods)}
    held = attributes(front, methods)
    after = {n for n in others if held & (attributes(n, methods, "LOAD_ATTR") - attributes(n, methods))}
    return next((n for n in others if lost and n not in after and lost <= attributes(n, methods)), front)


def of_a_node(cls: type, conventions: Any) -> tuple[str, str] | None:
    """The function of a node and its slope, where what runs them takes nothing and hands on to its neighbours."""
    methods = methods_of(cls)
    front, back = (method(cls, names) for names in (conventions.FORWARD, conventions.BACKWARD))
    if front not in methods or back not in methods or attributes(back, methods):
        return None
    if any(required(parameters(methods[n], bound=True)) for n in (front, back)):
        return None
    taking = {normal(n): n for n, m in methods.items() if len(required(parameters(m, bound=True))) == 1}
    slopes = [n for n in conventions.BACKWARD if n not in conventions.WHOLE]
    own = [next((taking[n] for n in names if n in taking), "") for names in (conventions.FORWARD, slopes)]
    return (own[0], own[1]) if all(own) and own[1] in methods[back].__code__.co_names else None


def cost_beside(back: str, methods: Mapping[str, Any], conventions: Any) -> str:
    """The only cost of a class that takes what its gradient takes, weights, data and targets; "" where none does."""
    asked = [p.name for p in required(parameters(methods[back], bound=True))]
    costs = [n for n in methods if re.fullmatch(conventions.COST_BESIDE[0], n.lower())]
    fit = [n for n in costs if [p.name for p in required(parameters(methods[n], bound=True))] == asked]
    return fit[0] if len(fit) == 1 else ""


def one_of_many(function: Any, front: str) -> bool:
    """Whether a function runs forward on one example of those it is given: ``self.forward(x[i])``."""
    return re.search(rf"\bself\.{front}\(\w+\[\w+\]\)", text_of(function)) is not None


def matching_backward(cls: type, front: str, conventions: Any) -> str:
    """The method that is backward: of a loss the one that asks for what the loss asks for, not for a network too."""
    if node := of_a_node(cls, conventions):
        return node[1]
    back = method(cls, conventions.BACKWARD)
    asked, wanted = ({p.name for p in required(parameters(getattr(cls, n, None), bound=True))} for n in (front, back))
    if len(asked) != 2 or not asked < wanted:
        return back
    known = [n for n in methods_of(cls) if normal(n) in conventions.BACKWARD]
    return next((n for n in known if {p.name for p in parameters(getattr(cls, n), bound=True)} == asked), back)


BUSY = r"(update|step|zero|train|fit|reset|clear|save|load|predict|eval|test)\w*"  # no part of making a layer


MAKING = r"(init|create|build|make|setup|define)\w*"
SIZES = {"n_in", "n_out", "n_hidden"}


def readying(cls: type, others: Sequence[str], conventions: Any) -> list[str]:
    """Methods without arguments, or given sizes, that make what forward reads, which nobody calls: ``allocate()``."""
    methods = methods_of(cls)
    called = {n for o in (*others, "__init__") for n in reached(o, methods)}
    read = attributes(others[0], methods, "LOAD_ATTR")
    wanted = {n: required(parameters(f, bound=True)) for n, f in methods.items() if n not in called}
    sized = [n for n in wanted if matches(MAKING, normal(n))]  # init_network(input_size, hidden_size, output_size)
    made = [n for n in sized if all(SIZES & {*roles(p.name, conventions)[:1]} for p in wanted[n])]
    free = [n for n in wanted if not wanted[n] or n in made]
    return [n for n in free if not matches(BUSY, normal(n)) and n[:2] != "__" and read & attributes(n, methods)]


def attributes(name: str, methods: Mapping[str, Any], step: str = "STORE_ATTR") -> set[str]:
    """The attributes that a method, or one that it calls, keeps (or reads)."""
    return {a for n in reached(name, methods) for a in attributes_in(methods[n].__code__, step)}


@functools.cache
def attributes_in(code: types.CodeType, step: str) -> frozenset[str]:
    own, steps = code.co_varnames[:1], itertools.pairwise(instructions(code))
    return frozenset(b.argval for a, b in steps if b.opname == step and (a.argval,) == own)


def reached(name: str, methods: Mapping[str, Any]) -> set[str]:
    """A method and those of its class that it calls."""
    found, ahead = set[str](), [name] if name in methods else []
    while ahead:
        found.add(n := ahead.pop())
        ahead += [m for m in methods[n].__code__.co_names if m in methods and m not in found]
    return found


def source_of(thing: Any, module: Module | None = None) -> Source:
    """The text of a class or a function, of a decorated one its own, and where it stands."""
    thing = undecorated(thing)
    if module is not None:
        known = [n for n in module.definitions if n.name == getattr(thing, "__name__", "")]
        line = getattr(getattr(thing, "__code__", None), "co_firstlineno", 0)  # a decorator's, where it has one
        here = (n for n in known if min(d.lineno for d in (*n.decorator_list, n)) <= line <= (n.end_lineno or 0))
        node = next(here, known[0] if known else None)
        if node is not None:
            lines = module.text.split("\n")[node.lineno - 1 : node.end_lineno]
            return Source(module.path, "\n".join(lines), node.lineno)
    try:
        lines, first = inspect.getsourcelines(thing)
        return Source(inspect.getsourcefile(thing) or "", textwrap.dedent("".join(lines)), first)
    except (OSError, TypeError, SyntaxError):
        return Source()


def joined(texts: list[Source]) -> tuple[str, int]:
    """The lines of these texts, where they stand, and the first one's number; what is not theirs is empty."""
    lines = {t.first + k: line for t in texts for k, line in enumerate(t.text.split("\n"))}
    first = min(lines)
    return "\n".join(lines.get(n, "") for n in range(first, max(lines) + 1)), first


def written(function: Any, module: Module) -> ast.FunctionDef | None:
    """Where a function is written in its file."""
    function = undecorated(function)
    found = [n for n in module.definitions if isinstance(n, ast.FunctionDef) and n.name == function.__name__]
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", 0)  # methods of several classes
    return next((n for n in found if n.lineno == line), found[0] if found else None)


@functools.lru_cache(maxsize=256)
def return_names(function: Any) -> tuple[str, ...]:
    """The names in the last ``return dx, dw, db`` of a function; () where it is something else."""
    if hasattr(function, "returned"):  # of our own, which runs another
        return tuple(function.returned)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, IndexError):
        return ()
    for node in reversed([n for n in ast.walk(tree) if isinstance(n, ast.Return)]):
        if isinstance(node.value, ast.Tuple | ast.List):
            return tuple(
                e.id if isinstance(e, ast.Name) else e.attr if isinstance(e, ast.Attribute) else ""
                for e in node.value.elts
                if not (isinstance(e, ast.Dict) and not e.keys)  # return dy, {}
            )
        if isinstance(node.value, ast.Name) and (appended := appended_to(node.value.id, tree)):
            return appended
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):  # what another one returns
            other = getattr(function, "__globals__", {}).get(node.value.func.id)
            return return_names(other) if inspect.isfunction(other) and other is not function else ()
    return ()


def appended_to(name: str, tree: ast.Module) -> tuple[str, ...]:
    """The names that a function appends to a list one after another: ``grads.append(grad_b)``; () where it loops."""
    calls = [n.value for f in tree.body for n in getattr(f, "body", ()) if isinstance(n, ast.Expr)]
    own = [c for c in calls if isinstance(c, ast.Call) and ast.unparse(c.func) == f"{name}.append"]
    every = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "append"]
    names = tuple(a.id for c in own for a in c.args if isinstance(a, ast.Name))
    return names if len(names) == len(own) == len(every) > 1 else ()


@functools.lru_cache(maxsize=1024)
def given_back(node: ast.AST | None) -> tuple[ast.expr | None, ...]:
    """What the return lines of a function give, in their order."""
    return tuple(n.value for n in ast.walk(node) if isinstance(n, ast.Return)) if node else ()


def given_each(node: ast.FunctionDef | None) -> int:
    """How many gradients a function returns one by one: ``return dx, dy, dz``, ``return np.array([dx, dy, dz])``."""
    match given_back(node):
        case [*_, ast.Call(args=[ast.List(elts=parts) | ast.Tuple(elts=parts), *_])] | [
            *_,
            ast.Tuple(elts=parts) | ast.List(elts=parts),
        ]:
            return sum(not (isinstance(p, ast.Dict) or second(p)) for p in parts)  # dy, {}: of parameters in a box
    return 0


def second(part: ast.expr) -> bool:
    """Whether what stands beside a gradient is the next derivative: ``return grad, hess``."""
    return re.fullmatch(r"\w*hess\w*", ast.unparse(part).lower()) is not None


def parameters(function: Any, bound: bool = False) -> tuple[Parameter, ...]:
    """A function's arguments; those that it wants by name, ``forward(self, *, inputs)``, as any others."""
    try:
        found = list(inspect.signature(undecorated(function)).parameters.values())
    except (TypeError, ValueError):
        return ()
    return tuple(map(plain, found[1:] if bound else found))


def positional(name: str) -> Parameter:
    """An argument of a signature of our own making."""
    return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD)


def plain(p: Parameter) -> Parameter:
    named = p.kind == p.KEYWORD_ONLY and p.default is p.empty
    return p.replace(kind=p.POSITIONAL_OR_KEYWORD) if named else p


def by_names(function: Any, call: Callable[..., Any], first: int = 0) -> Callable[..., Any]:
    """How a function that wants some arguments by name is called by position; `first` of its own come first."""
    try:
        found = list(inspect.signature(undecorated(function)).parameters.values())
    except (TypeError, ValueError):
        return call
    named = [p.name for p in found if p.kind == p.KEYWORD_ONLY and p.default is p.empty]
    if not named:
        return call
    before = first + sum(p.name != "self" for p in required(found))
    return lambda *a: call(*a[:before], **dict(zip(named, a[before:])))


def undecorated(function: Any) -> Any:
    """The function that a decorator's ``wrapper(*args, **kwargs)`` keeps, where it does not say so itself."""
    if isinstance(function, functools.partial):
        return functools.partial(undecorated(function.func), *function.args, **function.keywords)
    code = getattr(function, "__code__", None)
    if code is None or code.co_argcount > 1 or code.co_flags & 12 != 12 or hasattr(function, "__wrapped__"):
        return function
    held = [c.cell_contents for c in function.__closure__ or () if inspect.isfunction(c.cell_contents)]
    held = [f for f in held if f.__name__ != "<lambda>" and f is not function]  # wrapper.calls += 1
    if len(held) > 1:  # the decorator's own helpers beside it
        held = [f for f in held if "<locals>" not in f.__qualname__]
    return undecorated(held[0]) if len(held) == 1 else function


def required(found: Sequence[Parameter]) -> list[Parameter]:
    return [p for p in found if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def unslotted(cls: type) -> type:
    """A class whose instances keep what they have where it can be found, not in slots."""
    slots = vars(cls).get("__slots__", ())
    methods = (v for v in vars(cls).values() if inspect.isfunction(v))
    if not slots or any("__class__" in f.__code__.co_freevars for f in methods):  # super() knows the class itself
        return cls
    hidden = {*((slots,) if isinstance(slots, str) else slots), "__slots__", "__dict__", "__weakref__"}
    return type(cls)(cls.__name__, cls.__bases__, {k: v for k, v in vars(cls).items() if k not in hidden})


@functools.lru_cache(maxsize=1 << 16)
def matches(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name) is not None


def roles(name: str, conventions: Any) -> list[str]:
    """The roles that an argument of this name may play, likeliest first."""
    return [*_roles(normal(name), conventions)]


@functools.cache
def _roles(low: str, conventions: Any) -> tuple[str, ...]:
    found = tuple(role for pattern, role in conventions.ROLES if matches(pattern, low))
    bare = re.sub(r"(?<=\w)(curr(ent)?)$", "", low)  # W_curr
    return found if found or bare == low else _roles(bare, conventions)


def role(name: str, conventions: Any) -> str:
    """The likeliest role of an argument of this name; "" where it tells of none."""
    return next(iter(roles(name, conventions)), "")


def targeted(name: str, conventions: Any) -> bool:
    """Whether a name is that of a cost's targets."""
    return name in ("y", "Y") or matches(conventions.TARGET, normal(name))


def given_upstream(function: Any, conventions: Any) -> bool:
    """Whether a function's first argument is called as an upstream gradient is."""
    found = required(parameters(function))
    return bool(found) and matches(conventions.UPSTREAM, normal(found[0].name))


def takes_both(forward: Any, backward: Any, conventions: Any) -> bool:
    """Whether a gradient is given an upstream one, and all of several arguments that the function takes."""
    named = ([p.name for p in required(parameters(f))] for f in (forward, backward))
    front, back = (
        ["x" if role(n, conventions) == "x" else n for n in names] for names in named
    )  # lin_grad(inp, ...)
    more = [n for n in back if n not in front]
    return len(front) > 2 and {*front} < {*back} and len(more) == 1 and matches(conventions.UPSTREAM, normal(more[0]))
