"""Code: the functions of a class, an instance, a factory or a pair, whatever they are called."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...checking.subject import Source
from .halves import both_halves, is_free
from .standins import Base
from .suited import suited
from .surroundings import beside, learned
from .tensors import Tensor, notes_back
from .things import (
    Factory,
    Fused,
    Methods,
    Pair,
    Parameter,
    by_names,
    forward_of,
    matching_backward,
    method,
    normal,
    parameters,
    positional,
    readying,
    required,
    return_names,
    source_of,
    undecorated,
    unslotted,
)


@dataclass(frozen=True, eq=False)
class Code:
    """What is called: how an instance is built, forward and backward as functions of the instance."""

    name: str
    constructor: tuple[Parameter, ...]
    build: Callable[[list[Any]], Any]
    forward: Callable[..., Any]  # (instance, *args)
    backward: Callable[..., Any] | None
    forward_args: tuple[Parameter, ...]
    backward_args: tuple[Parameter, ...]
    returns: tuple[str, ...]
    local: bool
    style: str  # "class" | "pair" | "fused"
    source: Source
    functions: tuple[Callable[..., Any], ...] = ()
    by_run: bool = False  # a base class's __call__ keeps inputs and outputs as variables
    calling: bool = False  # a __call__ of its own goes round forward, and may keep what backward wants
    within: bool = False  # backward is written within forward, as a closure
    together: tuple[int, ...] = (0, 1)  # where in a fused result the loss stands, and where its gradients
    gives: tuple[str, ...] = ()  # the names in forward's return line
    front: str = ""  # the names of a class's forward
    back: str = ""  # and backward
    noted: bool = False  # forward is given a context, and notes in it what backward wants
    slotted: bool = False  # what forward and backward are given is read off the instance
    builders: tuple[tuple[str, tuple[Parameter, ...]], ...] = ()  # methods that ready a bare instance
    beside: tuple[str, ...] = ()  # arrays at its file's top level that are learnt
    ends: str = ""  # what forward works out on its way, where it is read as one that ends there

    @property
    def bases(self) -> set[str]:
        """The classes from which a layer has its functions."""
        return {f.__qualname__.split(".")[-2] for f in self.functions if "." in getattr(f, "__qualname__", "")}

    @property
    def names(self) -> tuple[str, str]:
        """What forward and backward are called, whichever style they are in."""
        if self.style != "pair" or not self.functions:
            return self.front, self.back
        first, *_, last = (getattr(f, "__name__", "") for f in self.functions * 2)
        return first, last

    @property
    def methods(self) -> dict[str, Any]:
        """Its functions by name, a class's own before its bases'."""
        return {f.__name__: f for f in reversed(self.functions) if hasattr(f, "__code__")}

    def function(self, name: str) -> Callable[..., Any] | None:
        """Its function of this name, a class's own before its bases'."""
        return next((f for f in self.functions if name and getattr(f, "__name__", "") == name), None)

    def called(self, told: Sequence[str] = ()) -> Code:
        """The same with forward run by the ``__call__`` that goes round it, which hands on what it is told."""
        flags = dict.fromkeys(told, True)
        return replace(self, forward=lambda i, *a: i(*a, **flags), by_run=False, calling=False)

    def opened(self, kind: Tensor) -> Code:
        """The same where forward gives a tensor that holds the array, and backward is a function of arrays."""
        return replace(self, forward=lambda i, *a: kind.array(self.forward(i, *a)), by_run=False)

    def one_by_one(self) -> Code:
        """The same for arrays where a pair takes one number at a time, as with ``if x > 0``."""

        def run(function: Callable[..., Any], _: Any, *given: Any) -> Any:
            if not given:
                return function(None)  # step_prime() is 0 wherever it is asked
            entries = zip(*(np.asarray(g).ravel().tolist() for g in given))
            found = [function(None, *e) for e in entries]
            if any(np.ndim(f) for f in found):
                raise TypeError(f"{self.name} returns more than one number for a number")
            kept = np.array([f if hasattr(f, "tape") else float(f) for f in found])
            return kept.reshape(np.shape(given[0]))

        assert self.backward is not None
        front, back = functools.partial(run, self.forward), functools.partial(run, self.backward)
        return replace(self, forward=front, backward=back)

    def carried(self, kind: Tensor) -> Code:
        """The same with arrays put into tensors, all that goes in, and taken out of them, all that comes back."""

        def run(function: Callable[..., Any], instance: Any, *given: Any) -> Any:
            boxed = (v.with_each(kind.made) if hasattr(v, "with_each") else v for v in given)
            return kind.array(function(instance, *(kind.made(v) if kind.takes(v) else v for v in boxed)))

        back = self.backward and functools.partial(run, self.backward)
        return replace(self, forward=functools.partial(run, self.forward), backward=back, by_run=False, calling=False)

    def packed(self, count: int = 2) -> Code:
        """The same where forward takes its first arguments as one tuple, ``forward((a, b))``: each on its own.

        One gradient that comes back for all of them is each one's.
        """
        whole, *others = self.forward_args
        parts = tuple(positional(f"{whole.name}{k}") for k in range(count))
        back = self.backward

        def backward(instance: Any, *given: Any) -> Any:
            result = back(instance, *given) if back else None
            return (result, *map(np.copy, [result] * (count - 1))) if isinstance(result, np.ndarray) else result

        return replace(
            self,
            forward=lambda i, *a: self.forward(i, a[:count], *a[count:]),
            backward=back and backward,
            forward_args=(*parts, *(p for p in others if p.kind != p.VAR_POSITIONAL)),
            returns=(),
            calling=False,
        )

    def taped(self, kind: Tensor, order: int | None = None) -> Code:
        """The same where a result knows itself how gradients run back; of a loss's arguments only for one of them."""

        def forward(instance: Any, *given: Any) -> Any:
            real = [isinstance(v, np.ndarray | float) and np.asarray(v).dtype.kind in "fO" for v in given]
            fed = [kind.made(np.asarray(v), order in (None, k)) if real[k] else v for k, v in enumerate(given)]
            out = self.forward(instance, *fed)
            if not isinstance(out, kind.cls):
                raise TypeError(f"forward returns {type(out).__name__}, no {kind.cls.__name__}")
            vars(instance)["_derivexplain_cache"] = [t for t, r in zip(fed, real) if r], out
            return kind.array(out)

        def backward(instance: Any, dout: Any, cache: Any) -> Any:
            tensors, out = cache
            own = (
                self.backward
                if not required(self.backward_args) and not any(map(notes_back, kind.nodes(out)))
                else None
            )
            kind.run_back(out, np.array(dout), tensors, own and (lambda: own(instance)))
            return tuple(map(kind.hanging, tensors))

        asked = (positional("dout"), positional("cache"))
        new = replace(self, forward=forward, backward=backward, backward_args=asked, returns=(), local=False)
        return replace(new, by_run=False, calling=False, back="")


class Holder:
    """The instance of a pair of functions: keeps what both share (option dicts, parameters, the cache)."""

    def __init__(self, **held: Any) -> None:
        vars(self).update(held)


def code_of(thing: Any, conventions: Any) -> Code:
    """The functions of a class, an instance, a factory, a Pair or a Fused."""
    if isinstance(thing, Fused):
        return of_fused(thing, conventions)
    two = isinstance(thing, Pair) and not isinstance(thing, Methods)
    return of_pair(thing, conventions) if two else of_class(thing, conventions)


def of_pair(thing: Pair, conventions: Any) -> Code:
    """Two functions, and the arrays beside them whose gradients the second one returns, or which it steps."""
    arrays = {} if thing.local else learned(thing.forward, return_names(thing.backward), conventions, thing.backward)
    return Code(
        thing.name,
        (),
        lambda _: Holder(**{n: a.copy() for n, a in arrays.items()}),
        by_names(thing.forward, beside(thing.forward, tuple(arrays)), 1),
        by_names(thing.backward, beside(thing.backward, tuple(arrays)), 1),
        parameters(thing.forward),
        parameters(thing.backward),
        return_names(thing.backward),
        thing.local,
        "pair",
        thing.source,
        thing.functions or tuple(undecorated(inspect.unwrap(f)) for f in (thing.forward, thing.backward)),
        within=bool(thing.functions),
        gives=return_names(thing.forward),
        beside=tuple(arrays),
    )


def of_fused(thing: Fused, conventions: Any) -> Code:
    """A function, or a method, that gives a loss and its gradients in one call."""
    gradients = tuple(n for _, n in thing.gradients)
    places = (thing.loss, *(k for k, _ in thing.gradients))
    if thing.cls is not object:
        whole = of_class(Methods(thing.name, thing.forward, thing.forward, cls=thing.cls), conventions)
        whole = replace(whole, local=False, style="fused", together=places, back="")
        return replace(whole, backward=None, backward_args=(), returns=gradients)
    arrays = learned(thing.forward, gradients, conventions)
    return Code(
        thing.name,
        (),
        lambda _: Holder(**{n: a.copy() for n, a in arrays.items()}),
        beside(thing.forward, tuple(arrays)),
        None,
        parameters(thing.forward),
        (),
        gradients,
        False,
        "fused",
        thing.source,
        (undecorated(thing.forward),),
        together=places,
    )


def of_class(thing: Any, conventions: Any) -> Code:
    """Two methods of a class, an instance or what a factory makes."""
    own = (thing.forward.__name__, thing.backward.__name__) if isinstance(thing, Methods) else None
    name, slope = (thing.name, thing.local) if isinstance(thing, Methods) else ("", True)
    thing = thing.cls if isinstance(thing, Methods) else thing
    thing = unslotted(thing) if isinstance(thing, type) else thing
    made = thing.make() if isinstance(thing, Factory) else None
    cls = thing if isinstance(thing, type) else type(thing if made is None else made)
    front = forward_of(cls, conventions)
    front, back = own or (front, matching_backward(cls, front, conventions))
    static = isinstance(inspect.getattr_static(cls, front), staticmethod) if front else False
    init = () if cls.__init__ is object.__init__ else parameters(cls.__init__, bound=True)
    functions = tuple(
        undecorated(f)
        for base in cls.__mro__[:-1]
        for f in (getattr(v, "__func__", v) for v in vars(base).values())  # static ones too
        if inspect.isfunction(f)
    )
    single = [p.name for p in init if p.name == "dtype" and p.default in (np.float32, "float32")]
    make = by_names(cls.__init__, functools.partial(cls, dtype=np.float64) if single else cls)  # which hides slips
    build = (
        (lambda a: make(*(suited(v, p, functions, conventions) for v, p in zip(a, [*init, *init[-1:] * len(a)]))))
        if isinstance(thing, type)
        else (lambda _: clone(thing))
    )
    if isinstance(thing, Factory):
        build = lambda _: thing.make()  # noqa: E731
    if not isinstance(thing, type):
        init = ()
    local = slope and normal(back) not in conventions.WHOLE
    around = goes_round(cls, front)
    if around and not parameters(getattr(cls, front), bound=not static):
        front = "__call__"  # def __call__(self, x): self.x = x; return self.forward()
    taken = parameters(getattr(cls, front), bound=not (static or is_free(cls, front)))
    noted = bool(taken) and static and normal(taken[0].name) in ("ctx", "context")
    backward, asked, returns = both_halves(cls, back, conventions)
    known = [n for b in conventions.BUILDERS if (n := method(cls, (b,)))]
    more = [] if known or not front else readying(cls, (front, back), conventions)
    return Code(
        name or cls.__name__,
        init,
        build,
        (lambda i, *a: getattr(i, front)(context(i), *a))
        if noted
        else by_names(getattr(cls, front), lambda i, *a, **k: getattr(i, front)(*a, **k), 1),
        backward,
        taken[noted:],
        asked,
        returns,
        local,
        "class",
        getattr(cls, "__derivexplain_source__", None) or source_of(cls),
        functions,
        any("__call__" in vars(base) and (base is not Base or reads_run(cls)) for base in cls.__mro__[1:-1]),
        calling=around and front != "__call__",
        gives=return_names(getattr(cls, front)) if front else (),
        front=front,
        back=back,
        noted=noted,
        builders=tuple((n, parameters(getattr(cls, n), bound=True)) for n in dict.fromkeys((*known, *more))),
    )


def goes_round(cls: type, front: str) -> bool:
    """Whether a class is called by a ``__call__`` that runs its forward, and may keep more than forward does."""
    owner = next((base for base in cls.__mro__ if "__call__" in vars(base)), Base)
    code = getattr(vars(owner)["__call__"], "__code__", None)
    return owner is not Base and code is not None and front in code.co_names


def reads_run(cls: type) -> bool:
    """Whether a class reads what a framework's __call__ keeps: ``x, = self.inputs``, ``self.outputs[0]()``."""
    text = getattr(cls, "__derivexplain_source__", Source()).text
    return (
        re.search(
            r"self\.(inputs|outputs|input_data)\[|=\s*self\.(inputs|input_data)\b|self\.(input|output)\.data", text
        )
        is not None
    )


class Context:
    """What a static forward(ctx, x) notes for its backward(ctx, g)."""

    def save_for_backward(self, *saved: Any, **named: Any) -> None:
        self.saved_tensors = self.saved_values = saved
        self.saved_data = named

    def __getitem__(self, key: Any) -> Any:
        return self.saved_tensors[key] if isinstance(key, int) else {**vars(self), **self.saved_data}[key]

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, key, value)

    needs_input_grad = (True,) * 16

    def __getattr__(self, name: str) -> Any:
        if name == "saved_data":
            return {}
        if name.startswith("save_"):
            return self.save_for_backward
        if name in self.saved_data:
            return self.saved_data[name]
        if name.startswith(("mark_", "set_")):
            return lambda *_: None
        raise AttributeError(name)


def context(instance: Any) -> Context:
    """The context of this instance, of the file's own kind if it has one: what its backward is given as its cache."""
    methods = (getattr(f, "__func__", f) for f in vars(type(instance)).values())
    space = next((f.__globals__ for f in methods if inspect.isfunction(f)), {})
    fresh = vars(instance)["_derivexplain_cache"] = own_context(space)()
    return fresh


def own_context(space: Mapping[str, Any]) -> type[Context]:
    """What a file's class that saves for backward does, and what ours does beside it."""
    for cls in [c for c in space.values() if isinstance(c, type) and "save_for_backward" in vars(c)]:
        if not (inspect.isfunction(cls.__init__) and required(parameters(cls.__init__, bound=True))):
            return type(cls.__name__, (cls, Context), {})
    return Context


def clone(instance: Any) -> Any:
    return copy.deepcopy(instance)


def backward_of(code: Code) -> ast.FunctionDef | None:
    """The text of a class's backward."""
    return method_of(code.source.text, code.back) if code.back else None


def parsed(text: str) -> ast.AST:
    """A text that may be a part of a file, as it stands there; nothing where it is none by itself."""
    try:
        return ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return ast.Module([], [])


@functools.lru_cache(maxsize=64)
def method_of(text: str, name: str) -> ast.FunctionDef | None:
    """The function of this name in a text; None where there is none."""
    return next((n for n in ast.walk(parsed(text)) if isinstance(n, ast.FunctionDef) and n.name == name), None)
