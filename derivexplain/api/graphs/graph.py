"""Worked examples: a graph that is built like the lecture, with numbers put through forward and back.

    g = dx.Graph()
    apple, n, tax = g.input("apple", 100), g.input("apple_num", 2), g.input("tax", 1.1)
    g.mul(g.mul(apple, n, name="apple_price"), tax, name="price")
    run = g.run()

Every layer of the catalogue is a method; layers of your own come in by `apply`.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any

import numpy as np

from ... import computation
from ...computation import Computation, Operation
from ...errors import InputError, did_you_mean, shorten
from ...layer import Layer, snake
from ...layers import catalogue
from ...story import Derivation, Line, Picture, Report, Run
from .value import Value


class Graph:
    """Layers with named values between them; see the head of this file."""

    def __init__(self) -> None:
        self._given: dict[str, Any] = {}
        self._constants: dict[str, Any] = {}
        self._operations: dict[str, Operation] = {}
        self._made: dict[str, str] = {}  # value -> node
        self._uses: dict[int, Operation] = {}  # id of a layer -> its first use
        self._number = 0  # what parameters' names end with, 0 for nothing
        self._counted = False  # nodes without a name are v1, v2, ..., not called by their layers
        self.titles: dict[str, str] = {}
        self.groups: dict[str, tuple[str, ...]] = {}

    # ------------------------------------------------------------ building

    def input(self, name: str, value: Any = None, *, title: str = "") -> Value:
        """A value that is given; `title` is what pictures show (any text), the value may come with `run`."""
        self._claim(name)
        self._given[name] = value
        if title:
            self.titles[name] = title
        return Value(self, name)

    def value(self, name: str) -> Value:
        """The value of this name, which may also be made later."""
        return Value(self, name)

    def constant(self, value: Any) -> Value:
        """A number that stands in the graph as itself: no gradient is asked for it."""
        name = self._free("const")
        self._constants[name] = value
        return Value(self, name)

    def apply(
        self,
        layer: Layer,
        *inputs: Any,
        name: str | Sequence[str] | None = None,
        title: str = "",
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """A node for a layer: its output as a Value, or a tuple of them where forward gives several.

        Operands are Values, names of values (also of later ones) or numbers. Parameters of the layer become
        values too, unless `params` names values of the graph for them. A layer used twice is copied, its parameters
        are shared.
        """
        if isinstance(layer, type):
            raise InputError(
                f"{layer.__name__} is a class", mend=f"apply an instance: g.apply({layer.__name__}(), ...)"
            )
        if not isinstance(layer, Layer):
            layer = _dressed(layer)
        wanted = _arity(_kind(layer))
        if wanted is not None and len(inputs) != wanted:
            raise InputError(
                f"{layer.name} takes {wanted} inputs ({', '.join(layer.inputs())}), {len(inputs)} were given"
            )
        operands = tuple(self._operand(v) for v in inputs)
        shared = self._uses.get(id(layer))
        if shared is not None:
            layer = copy.copy(layer)
        outputs = self._names(layer, name)
        wired = {p: self._operand(v) for p, v in (params or {}).items()}
        own = shared.params if shared else ((p, wired.get(p) or self._parameter(layer, p)) for p in layer.params)
        operation = Operation(layer, operands, outputs, tuple(own))
        self._operations[operation.name] = operation
        self._uses.setdefault(id(layer), operation)
        self._made |= dict.fromkeys(outputs, operation.name)
        if title:
            self.titles[outputs[0]] = title
        values = tuple(Value(self, o) for o in outputs)
        return values if len(values) > 1 else values[0]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in catalogue:
            hint = "" if name.startswith("_") else did_you_mean(name, catalogue)
            raise AttributeError(f"Graph has no {name!r}" + (f"; {hint}" if hint else ""))
        cls = catalogue[name]

        def node(*inputs: Any, name: Any = None, title: str = "", **settings: Any) -> Any:
            count = len(cls.inputs())
            settings = dict(zip(cls.params, inputs[count:])) | settings if cls.params else settings
            wired = {p: v for p, v in settings.items() if p in cls.params and isinstance(v, Value)}
            numbers = settings | {p: self._given.get(v.name) for p, v in wired.items()}
            layer = _built(cls, numbers)
            return self.apply(layer, *inputs[: count if cls.params else None], name=name, title=title, params=wired)

        node.__name__, node.__doc__ = name, cls.__doc__
        return node

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *catalogue})

    def group(self, title: str, values: Sequence[Value | str]) -> None:
        """Nodes that belong together: drawn inside one frame, or folded into one box."""
        names = tuple(v.name if isinstance(v, Value) else v for v in values)
        for name in names:
            if name not in self._made:
                raise InputError(f"no node computes '{name}'", mend=did_you_mean(name, self._made))
        taken = {n: t for t, members in self.groups.items() for n in members}
        for name in names:
            if name in taken:
                raise InputError(f"'{name}' is already in the group '{taken[name]}'")
        self.groups[title] = tuple(self._made[n] for n in names)

    # ------------------------------------------------------------ ways to build

    @classmethod
    def from_formula(cls, text: Any, /, **values: Any) -> Graph:
        """The graph of a formula, one operator a node; what occurs twice is computed once."""
        from .formulas import from_formula

        return from_formula(cls(), text, values)

    @classmethod
    def from_function(cls, function: Callable[..., Any], /, **values: Any) -> Graph:
        """The graph of a Python function over NumPy, found by running it on Values."""
        from .traced import from_function

        return from_function(cls(), function, values)

    @classmethod
    def from_layers(cls, layers: Sequence[Layer], /, **inputs: Any) -> Graph:
        """A network: each layer takes what the one before gives; further arguments are found by name.

        The first of `inputs` goes into the first layer; a loss finds its labels as the input called like
        its argument (t).
        """
        graph = cls()
        if not layers or not inputs:
            raise InputError("a network needs layers and an input", mend="Graph.from_layers([Relu()], x=...)")
        handles = {name: graph.input(name, value) for name, value in inputs.items()}
        flow = next(iter(handles.values()))
        used = {flow.name}
        several = sum(bool(layer.params) for layer in layers) > 1
        for layer in layers:
            graph._number += several and bool(layer.params)  # W1, b1, W2, b2
            rest = [n for n in layer.inputs()[1:] if n not in layer.params]
            for n in rest:
                if n not in handles:
                    raise InputError(f"{layer.name} also takes '{n}'", mend=f"give it by name: {n}=...")
            used |= set(rest)
            result = graph.apply(layer, flow, *(handles[n] for n in rest))
            flow = result[0] if isinstance(result, tuple) else result
        if unused := set(handles) - used:
            raise InputError(f"no layer takes {', '.join(sorted(unused))}")
        return graph

    # ------------------------------------------------------------ numbers

    def run(self, *, of: Any = None, upstream: Any = None, **values: Any) -> Run:
        """All values and the gradients of `of` (where left out: of the one value nothing uses)."""
        return computation.run(self.computation(values), of=self._name(of), upstream=upstream)

    def missing(self) -> tuple[str, ...]:
        """The inputs that have no value yet."""
        return tuple(name for name, value in self._given.items() if value is None)

    def ends(self) -> tuple[str, ...]:
        """The values that no node uses."""
        return computation.sinks(self.computation())

    def computation(self, values: Mapping[str, Any] | None = None) -> Computation:
        """The graph as plain data, with these values in place of the inputs' own."""
        given = dict(self._given)
        for name, value in (values or {}).items():
            if name not in given:
                raise InputError(f"the graph has no input '{name}'", mend=did_you_mean(name, given))
            given[name] = value
        operations = tuple(self._operations.values())
        used = {v for op in operations for v in op.operands}
        if operations and (idle := [n for n in given if n not in used]):
            raise InputError(f"input '{idle[0]}' is not used by any node", mend="use it, or leave it out")
        return Computation({**given, **self._constants}, operations, frozenset(self._constants))

    def lines(
        self, run: Run | None = None, *, style: str = "float", notation: Any = None
    ) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """Forward and backward as lines: symbol = with numbers = value.

        `style`: "float" (as Python prints it), "short" (four digits; arrays always) or "exact" (fractions);
        `notation`: a TOML file or a mapping.
        """
        from .lines import lines

        return lines(self, run or self.run(), style, notation)

    # ------------------------------------------------------------ mathematics

    def derivation(self, wrt: Any, *, of: Any = None, detail: str = "normal") -> Derivation:
        """The derivative by `wrt`, node by node from the end, then as the whole in its shortest form."""
        from .derivations import derivation

        return derivation(self, self._name(wrt) or "", of=self._name(of), detail=detail)

    def check(self, *, of: Any = None, **values: Any) -> Report:
        """The gradients against differences of the whole, and against its symbolic derivative."""
        from .checks import check

        return check(self, of=self._name(of), values=values)

    # ------------------------------------------------------------ showing

    def picture(self, run: Run | None = None, **options: Any) -> Picture:
        """The graph as a picture: values above the edges, gradients below. Options: see `diagrams.Look`."""
        from .pictures import picture

        return picture(self, run, **options)

    def frames(self, run: Run | None = None, **options: Any) -> tuple[Picture, ...]:
        """One picture for each step of the backward pass."""
        from .pictures import frames

        return frames(self, run, **options)

    def explain(self, format: str = "markdown", *, run: Run | None = None, **options: Any) -> Any:
        """The worked example as a handout: picture, forward lines, backward lines, check."""
        from .handout import explain

        return explain(self, format, run, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            shown = self.picture()
        except InputError as error:
            return {"text/plain": f"{self!r}\n{error}"}
        return {"text/plain": shown.alt, "text/html": shown.svg}

    def __repr__(self) -> str:
        return f"<Graph: {len(self._given)} inputs, {len(self._operations)} nodes>"

    # ------------------------------------------------------------ names

    def _name(self, value: Any) -> str | None:
        return value.name if isinstance(value, Value) else None if value is None else str(value)

    def _claim(self, name: Any) -> str:
        if not isinstance(name, str) or not name.isidentifier() or len(name) > 64:
            raise InputError(
                "a value's name is made of letters, digits and _",
                read=shorten(repr(name)),
                mend="what pictures show may be any text: title=...",
            )
        if name in self._given or name in self._made or name in self._constants:
            raise InputError(f"the name '{name}' is taken", mend="each value needs a name of its own")
        return name

    def _free(self, base: str) -> str:
        taken = {*self._given, *self._made, *self._constants}
        if base not in taken:
            return base
        k = 2
        while f"{base}_{k}" in taken:
            k += 1
        return f"{base}_{k}"

    def _names(self, layer: Layer, name: str | Sequence[str] | None) -> tuple[str, ...]:
        if isinstance(name, str):
            count = len(_output_names(_kind(layer)))  # type: ignore[arg-type]
            return (
                (self._claim(name),)
                if count == 1
                else tuple(self._claim(f"{name}_{n}") for n in _output_names(_kind(layer)))  # type: ignore[arg-type]
            )
        if name is not None:
            if len(set(name)) < len(name):
                raise InputError(f"the names {', '.join(name)} are not different")
            return tuple(self._claim(n) for n in name)
        names = _output_names(_kind(layer))  # type: ignore[arg-type]
        return (
            tuple(self._free(n) for n in names)
            if len(names) > 1
            else (self._free(layer.name if layer.name.isidentifier() and not self._counted else self._next()),)
        )

    def _next(self) -> str:
        return next(v for n in count(1) if (v := f"v{n}") not in self._made)

    def _parameter(self, layer: Layer, attribute: str) -> str:
        name = self._free(f"{attribute}{self._number or ''}")
        self._given[name] = getattr(layer, attribute, None)
        return name

    def _operand(self, value: Any) -> str:
        if isinstance(value, Value):
            if value.graph is not self:
                raise InputError(f"'{value.name}' belongs to another graph", mend="build everything in one graph")
            return value.name
        if isinstance(value, str):
            return value
        if isinstance(value, int | float | np.ndarray | np.generic | list) and not isinstance(value, bool):
            return self.constant(value).name
        raise InputError(
            f"a {type(value).__name__} cannot go into a node", mend="give a value of the graph or a number"
        )


def _built(cls: Any, settings: Mapping[str, Any]) -> Layer:
    """A layer of the catalogue from its settings by name, also where its weights come one after the other."""
    starred = any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(cls).parameters.values())
    weights = [settings[p] for p in cls.params if p in settings] if starred else []
    rest = {k: v for k, v in settings.items() if not starred or k not in cls.params}
    try:
        return cls(*weights, **rest)
    except (TypeError, ValueError) as error:
        mend = f"{', '.join(cls.params)} go in by name" if cls.params else "settings go in by keyword"
        raise InputError(f"{cls.name} cannot be built: {error}", mend=mend) from None


def _dressed(layer: Any) -> Layer:
    """Anything with forward and backward, as a Layer of ours."""
    cls = type(layer)
    if not callable(getattr(layer, "forward", None)) or not callable(getattr(layer, "backward", None)):
        raise InputError(f"a {cls.__name__} is no layer", mend="it needs forward and backward")

    class Dressed(Layer):
        name = snake(cls.__name__)
        forward = lambda self, *inputs: layer.forward(*inputs)  # noqa: E731
        backward = lambda self, *douts: layer.backward(*douts)  # noqa: E731

    return Dressed()


def _kind(layer: Any) -> Any:
    return type(layer)


@cache
def _arity(cls: Any) -> int | None:
    """How many inputs forward takes; None where it is free (a star, defaults)."""
    if cls.inputs.__func__ is not Layer.inputs.__func__:  # type: ignore[attr-defined]
        return len(cls.inputs())
    parameters = list(inspect.signature(cls.forward).parameters.values())[1:]
    plain = all(p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty for p in parameters)
    return len(parameters) if plain else None


@cache
def _output_names(cls: Any) -> tuple[str, ...]:
    """The names of what forward gives, as the layer's formula has them."""
    if isinstance(cls.formula, str) and cls.formula.count("=") <= 1:
        return ("out",)
    from ..targets import formula_of, name_of

    return tuple(name_of(o) for o in formula_of(cls).outputs)
