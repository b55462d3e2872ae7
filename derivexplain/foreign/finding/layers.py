"""Finding: the layers in a file: classes with forward and backward, pairs of functions, losses that give both."""

from __future__ import annotations

import ast
import inspect
import re
import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...checking.subject import Source
from ...errors import InputError, did_you_mean
from ...layer import Layer
from ..text.modules import Module, load_module
from ..text.standins import USUAL
from ..text.tensors import operations, taped_class
from ..text.things import Fused, Methods, Pair, forward_of, method, normal, parameters, required, source_of, targeted
from ..text.uses import read, text_of
from .descents import descents, kept_locally
from .engines import engines
from .nodes import node_layer
from .pairing import NOTHING, beside, operations_of, pairs
from .plugged import plugged
from .pullbacks import pulled, pulled_class, registered
from .scripts import scripts
from .stacked import stacked
from .tables import couples, entries
from .trained import BEGIN, begun, trained
from .training import makes_its_own
from .turns import of_two_classes


def find(path: str, conventions: Any, whole: bool = False) -> tuple[list[tuple[str, Any]], Module]:
    """Every layer of a file in its order: (name, class | Pair | Fused)."""
    module = load_module(path, whole)
    layers, seen = list(_layers(module, conventions)), set[str]()
    for k, (name, thing) in enumerate(layers if module.earlier else ()):
        layers[k] = (f"{name} (again)" if name in seen else name, thing)
        seen.add(name)
    return layers, module


def _layers(module: Module, conventions: Any) -> Iterator[tuple[str, Any]]:
    functions: dict[str, Any] = {}
    borrowed: dict[str, Any] = {}
    own: list[tuple[int, str, Any]] = []
    for node in module.tree.body:
        name = getattr(node, "name", None)
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Lambda)
            and isinstance(node.targets[0], ast.Name)
        ):
            name = node.targets[0].id
        value = module.earlier.get(node.lineno) or (module.names.get(name) if name else None)
        if isinstance(node, ast.ClassDef) and isinstance(value, type):
            value = begun(node, value, module, conventions)
            if plug := plugged(value, node, conventions):
                plug.__derivexplain_source__ = source_of(value, module)  # type: ignore[attr-defined]
                own.append((node.lineno, node.name, plug))
            elif makes_its_own(node, conventions) and (training := training_of(node, value, module, conventions)):
                own.append((node.lineno, node.name, training))
            elif is_layer_class(value, conventions):
                value.__derivexplain_source__ = source_of(value, module)  # type: ignore[attr-defined]
                pair = _without_self(node, value, conventions) or node_layer(value, conventions)
                own.append((node.lineno, node.name, pair or value))
            elif is_container(value, conventions) and (filled := stacked(value, module, conventions)):
                own.append((node.lineno, node.name, filled))
            elif handing := pulled_class(value, node, conventions) or taped_class(value, node, conventions):
                handing.__derivexplain_source__ = source_of(value, module)  # type: ignore[attr-defined]
                own.append((node.lineno, node.name, handing))
            else:
                if training := training_of(node, value, module, conventions):
                    own.append((node.lineno, node.name, training))
                if not hasattr(value, BEGIN):
                    value.__derivexplain_source__ = source_of(value, module)  # type: ignore[attr-defined]
                own += _pairs_of_methods(node, value, module, conventions)
                own += _within(node, value, module, conventions)
        elif (
            isinstance(node, ast.FunctionDef) and inspect.isfunction(value) and (pair := pulled(value, node, module))
        ):
            own.append((node.lineno, node.name, pair))
        elif name and callable(value) and not isinstance(value, type):
            bound = not isinstance(node, ast.FunctionDef) or not without_self(node)
            functions[name] = of_no_class(value) if bound else value
        elif isinstance(node, ast.ImportFrom):
            borrowed |= beside(node, module)
    trains = [*descents(module, conventions), *scripts(module, conventions)]
    own += trains
    for _, name, _ in trains:
        functions.pop(name, None)
    found = list(pairs(functions, module, conventions, borrowed))
    paired = [(f.forward, f.backward) for _, f in found if isinstance(f, Pair)]
    told = list(registered(module))
    found = [f for f in found if f[1].name not in {p.name for _, p in told}] + told
    beside_each = (*entries(module, conventions), *couples(module, conventions))
    found += [(line, f) for line, f in beside_each if (f.forward, f.backward) not in paired]
    own += [(line, f.name, f) for line, f in found]
    noted = [(line, f.name, f) for of in (operations, engines) for line, f in of(module, conventions)]
    names = {name for _, name, _ in noted}
    own = [o for o in own if o[1] not in names] + noted
    for _, name, value in sorted(own, key=lambda o: o[0]):
        yield name, value


def training_of(node: ast.ClassDef, cls: type, module: Module, conventions: Any) -> Any:
    """How a class trains itself, by a method of its own or of one that it inherits from; None where it does not."""
    text = of_two_classes(module.text)
    if text != module.text:
        tree = ast.parse(text)
        again = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.lineno == node.lineno)
        node, module = next(again, node), replace(module, text=text, tree=tree)
    for other in (node, *bases(node, module)):
        if found := trained(other, cls, module, conventions):
            return found
    locally = kept_locally(node, module, conventions)
    return trained(locally[0], cls, locally[1], conventions) if locally else None


def bases(node: ast.ClassDef, module: Module) -> Iterator[ast.ClassDef]:
    """The classes of the file that a class inherits from, the nearest first."""
    for base in node.bases:
        for other in module.tree.body:
            if isinstance(other, ast.ClassDef) and other is not node and other.name == ast.unparse(base):
                yield other
                yield from bases(other, module)


def _within(node: ast.ClassDef, cls: type, module: Module, conventions: Any) -> Iterator[tuple[int, str, Any]]:
    """Layers that stand in a class which only groups them: ``class Layers: class Affine: ...``."""
    for inner in (n for n in node.body if isinstance(n, ast.ClassDef)):
        value = vars(cls).get(inner.name)
        if isinstance(value, type) and is_layer_class(value, conventions):
            value.__derivexplain_source__ = source_of(value, module)  # type: ignore[attr-defined]
            yield inner.lineno, f"{node.name}.{inner.name}", value


def of_no_class(function: Any) -> Any:
    """A function; a method that stands without its class, ``def relu(self, x)`` in notes, as bound to one."""
    named = inspect.isfunction(function) and function.__code__.co_varnames[: function.__code__.co_argcount][:1]
    return types.MethodType(function, types.SimpleNamespace()) if named == ("self",) else function


def _pairs_of_methods(
    node: ast.ClassDef, cls: type, module: Module, conventions: Any
) -> Iterator[tuple[int, str, Pair | Fused]]:
    """Functions and their derivatives kept in a class, ``Activations.relu`` and ``Activations.d_relu``; its loss."""
    try:
        bare: Any = object.__new__(cls)
        defined = [n for n in node.body if isinstance(n, ast.FunctionDef) and not is_property(cls, n.name)]
        methods = {n.name: getattr(cls if without_self(n) else bare, n.name) for n in defined}
    except (TypeError, AttributeError):
        return
    routines = {k: m for k, m in methods.items() if inspect.isroutine(m)}
    known = {k: m for k, m in routines.items() if not k.startswith("__") or k == "__call__"}
    for _, pair in pairs(known, module, conventions):
        if isinstance(pair, Fused) and calls_on_heirs(pair.name, cls, defined):
            continue
        if isinstance(pair, Fused) and not takes_layers(cls):
            name = f"{cls.__name__}.{pair.name}".removesuffix(".__call__")
            yield node.lineno, name, replace(pair, name=name, cls=cls if inspect.ismethod(pair.forward) else object)
            continue
        both = [getattr(f, "__name__", "") for f in (pair.forward, getattr(pair, "backward", None))]
        inside = {n.name: n for n in defined}
        own = any(reads_its_own(inside[n], cls, inside) for n in both if n in inside)
        lone = own and len(required(parameters(pair.forward))) == 1  # swish(x), swish_backward(dout)
        judged = both == [forward_of(cls, conventions), method(cls, conventions.BACKWARD)]  # a container's: no layer
        judged = judged and normal(both[0]) not in conventions.COSTS  # but its loss(y_true, y_pred) is one
        whole = isinstance(pair, Pair) and not judged and (pair.local or lone or not own)
        if isinstance(pair, Pair) and whole and not any(abstract(cls, n) for n in both if n in methods):
            name = f"{cls.__name__}.{pair.name}"
            if own:
                pair = Methods(name, pair.forward, pair.backward, pair.local, pair.source, cls=cls)
            yield node.lineno, name, replace(pair, name=name)


def is_property(cls: type, name: str) -> bool:
    """Whether it would run as soon as it is looked at."""
    return isinstance(inspect.getattr_static(cls, name, None), property)


def calls_on_heirs(name: str, cls: type, defined: list[ast.FunctionDef]) -> bool:
    """Whether a method calls one that only its heirs have: ``self.forward(output, y)`` of a base of losses."""
    named = (n for d in defined for n in ast.walk(d) if isinstance(n, ast.Attribute))
    stored = {n.attr for n in named if isinstance(n.ctx, ast.Store)}
    calls = (n.func for d in defined if d.name == name for n in ast.walk(d) if isinstance(n, ast.Call))
    asked = {f.attr for f in calls if isinstance(f, ast.Attribute) and getattr(f.value, "id", "") == "self"}
    return any(not hasattr(cls, a) or abstract(cls, a) for a in asked - stored)


def reads_its_own(node: ast.FunctionDef, cls: type, methods: dict[str, ast.FunctionDef]) -> bool:
    """Whether a method, or one that it calls, reads what an instance keeps: it is no plain function."""
    held = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == "self"}
    others = {k: m for k, m in methods.items() if m is not node}
    return any(not hasattr(cls, a) or (a in others and reads_its_own(others[a], cls, others)) for a in held)


def without_self(node: ast.FunctionDef) -> bool:
    """Whether a function is called as ``Relu.forward(x)``: it has no self, or computes with it as with an array."""
    first = next((a.arg for a in (*node.args.posonlyargs, *node.args.args)), "self")
    if node.decorator_list or first in ("cls", "this"):
        return False
    held = [n.value for n in ast.walk(node) if isinstance(n, ast.Attribute)]
    mine = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == first and n not in held]
    return first != "self" or (bool(mine) and not any(getattr(h, "id", "") == first for h in held))


def _without_self(node: ast.ClassDef, cls: type, conventions: Any) -> Pair | None:
    """Forward and backward of a class that are functions in all but their place."""
    front, back = forward_of(cls, conventions), method(cls, conventions.BACKWARD)
    plain = {n.name for n in node.body if isinstance(n, ast.FunctionDef) and without_self(n)}
    if not {front, back} <= plain:
        return None
    local, source = normal(back) not in conventions.WHOLE, getattr(cls, "__derivexplain_source__", Source())
    return Pair(cls.__name__, getattr(cls, front), getattr(cls, back), local, source)


def is_layer_class(cls: type, conventions: Any) -> bool:
    """Concrete forward and backward, under whatever name (misspelt ones count: they are to be told)."""
    if issubclass(cls, Layer):
        return bool(cls.formula) or cls.backward is not Layer.backward
    names = {normal(n) for n in vars(cls)}
    wrong = {normal(n) for n, meant in conventions.MISSPELT.items() if meant in ("forward", "backward")} & names
    forward, backward = forward_of(cls, conventions), method(cls, conventions.BACKWARD)
    if not (forward or wrong) or not (backward or wrong):
        return False
    if is_container(cls, conventions):
        return False  # its layers are what is to be checked
    if forward and backward and of_its_own_targets(cls, forward, backward, conventions):
        return False  # predict(X), and gradient(pred) of a cost that stands elsewhere
    return not abstract(cls, forward) and not abstract(cls, backward)


def of_its_own_targets(cls: type, forward: str, backward: str, conventions: Any) -> bool:
    """Whether backward holds its one argument against targets that a constructor was given, and forward does not."""
    given = parameters(cls.__init__, bound=True) if inspect.isfunction(cls.__init__) else ()
    kept = "|".join(re.escape(p.name) for p in given if targeted(p.name, conventions))
    texts = [text_of(getattr(cls, n)) for n in (forward, backward)]
    asked = re.search(r"def \w+\(self, *(\w+)[^,()]*\)", texts[1])
    if not kept or not asked or re.search(rf"self\.({kept})\b", texts[0]):
        return False
    return re.search(rf"\b{asked[1]} *- *self\.({kept})\b|self\.({kept}) *- *{asked[1]}\b", texts[1]) is not None


def is_container(cls: type, conventions: Any) -> bool:
    return bool(method(cls, conventions.COLLECTING)) or takes_layers(cls)


def takes_layers(cls: type) -> bool:
    """Whether a constructor is given layers: ``Sequential(*layers)``, ``Network(layers)``, ``Trainer(model)``."""
    first = parameters(cls.__init__, bound=True)[:1] if inspect.isfunction(cls.__init__) else ()
    others = ("layers", "modules", "blocks", "sublayers", "model", "network")
    counted = first and (
        first[0].annotation in (int, "int") or numbers(first[0].default) or widths(cls.__init__, first[0].name)
    )  # of how many, how wide
    if first and first[0].kind == first[0].VAR_POSITIONAL:  # def __init__(self, *args): self.layers = [*args]
        return any(normal(n) in others for n in (first[0].name, *cls.__init__.__code__.co_names))
    return bool(first) and not counted and normal(first[0].name) in others


def widths(init: Any, name: str) -> bool:
    """Whether a constructor makes arrays as wide as the entries of its argument: ``randn(layers[0], layers[1])``.

    Or goes through them in pairs, where it makes arrays: ``for n, m in zip(layers, layers[1:])``.
    """
    makes, own = r"\b(rand\w*|uniform|normal|zeros|ones|empty)\(", re.escape(name)
    pairs = rf"\b(zip\({own}(\[:-1\])?, *{own}\[1:\]|pairwise\({own}\))"
    text = text_of(init)
    return bool(re.search(rf"{makes}[^\n]*\b{own}\[", text) or (re.search(pairs, text) and re.search(makes, text)))


def numbers(value: Any) -> bool:
    """Whether a default is a list of whole numbers: ``layers=[3, 4, 2]`` are their widths."""
    return isinstance(value, list | tuple) and bool(value) and all(type(v) is int for v in value)


def abstract(cls: type, name: str) -> bool:
    """A method that only raises NotImplementedError or passes, or calls such a one: a base for others, no layer."""
    if not name:
        return False
    function = getattr(cls, name)
    if getattr(function, "__isabstractmethod__", False):
        return True
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return False
    if "NotImplementedError" in code.co_names and not any(n.startswith("RETURN") for n in operations_of(code)):
        return True  # whatever it says, it never gives anything back
    slope = any(type(c) in (int, float) and c == 1 for c in code.co_consts)  # return 1: of what gives back its input
    told = {"NotImplementedError", "NotImplemented", "Exception"}
    if not slope and operations_of(code) <= NOTHING and {*code.co_names} <= told:
        return True
    own = read(inspect.unwrap(function)) if code.co_argcount else ()
    if any(n in ("forward", *BLANKS[:4], "call") and not hasattr(cls, n) for n in own):
        return True  # def __call__(self, x): return self.forward(x), of what subclasses write
    heirs: list[type] = cls.__subclasses__()
    if any(not hasattr(cls, n) and any(inspect.isfunction(vars(h).get(n)) for h in heirs) for n in own):
        return True  # self._output(), which only its heirs have
    steps = [n for n in code.co_names if n != name and inspect.isfunction(inspect.getattr_static(cls, n, None))]
    if any(n in BLANKS and _blank(getattr(cls, n)) for n in steps):
        return True
    return any(_unwritten(getattr(cls, n)) for n in {*steps} & {*own})


BLANKS = ("updateOutput", "updateGradInput", "_forward", "_backward", "_fwd", "_bwd", "func", "call", "f", "df")


def _unwritten(function: Any) -> bool:
    """A step that raises NotImplementedError whatever it is given."""
    names = function.__code__.co_names
    return "NotImplementedError" in names and not any(
        n.startswith("RETURN") for n in operations_of(function.__code__)
    )


def _blank(function: Any) -> bool:
    """A step for subclasses to write: it passes, raises, or hands an attribute back."""
    return operations_of(function.__code__) <= NOTHING | {"LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_ATTR"}


def load(path: str, name: str | None, conventions: Any = None) -> Any:
    """The one layer of a file that is asked for: a class, a Pair or a Fused; by its name, or the only one."""
    if conventions is None:
        raise TypeError("load needs the conventions")
    layers, module = find(path, conventions)
    known = dict(layers)
    if name is None:
        if len(layers) == 1:
            return layers[0][1]
        if not layers:
            raise InputError(
                "no layer in this file",
                mend="a layer is a class with forward and backward, or a pair such as f and f_backward",
                read=path,
            )
        raise InputError(
            f"there are {len(layers)} layers in it: " + ", ".join(known),
            mend=f"say which one: {path}:{layers[0][0]}",
            read=path,
        )
    if name in known:
        return known[name]
    value = module.names.get(name)
    if isinstance(value, type):
        value.__derivexplain_source__ = source_of(value, module)  # type: ignore[attr-defined]
        if not forward_of(value, conventions) or not method(value, conventions.BACKWARD):
            lost = "forward" if not forward_of(value, conventions) else "backward"
            raise InputError(f"class {name} has no {lost}", mend=f"write a method {lost}", read=path)
        return value
    stand_in = any(value is usual for usual in USUAL.values())
    if callable(value) and not isinstance(value, Layer) and not stand_in:
        for other in known.values():
            if isinstance(other, Pair) and value in (other.forward, other.backward):
                return other
        return value
    trouble = [f"line {n}: {m}" for n, m in module.trouble]
    if any(isinstance(n, ast.ClassDef | ast.FunctionDef) and n.name == name for n in module.tree.body):
        raise InputError(
            f"{name} could not be set up: " + "; ".join(trouble), mend="mend this line, or give --import", read=path
        )
    near = did_you_mean(name, known) or "the file holds no layer"
    raise InputError(f"the file has no layer {name}", mend=near, read=path)
