"""Outputs: what forward gave, found in its result or in the instance; and what frameworks leave beside it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ...checking.source import text_of
from ..text.code import Code
from ..text.targets import target
from ..text.things import matches, normal, required


def split(
    result: Any, code: Code, instance: Any, conventions: Any, given: tuple[Any, ...] = ()
) -> tuple[tuple[Any, ...], Any]:
    """Outputs and cache of what forward returned: ``(out, cache)`` in pairs, several arrays in order.

    Where it returned nothing, the output is the attribute that is called so. A loss that hands on what it was
    `given` keeps what it costs.
    """
    if result is None or result is instance:
        held = {normal(k): v for k, v in vars(instance).items()}
        result = next((held[n] for n in conventions.OUTPUT if is_number(held.get(n))), None)
        result = last_kept(instance, code) if result is None else result
    if code.style == "fused":
        loss, *gradients = (result[k] for k in dict.fromkeys(code.together))  # loss, (da, db) have two places
        return (as_output(loss),), gradients[0] if len(gradients) == 1 else tuple(gradients)
    handed_on = code.style == "class" and len(given) == 2 and any(result is g for g in given)
    if handed_on or (isinstance(result, np.ndarray) and result.ndim):
        if (kept := kept_loss(code, instance, handed_on)) is not None:
            return (as_output(kept),), None
        if handed_on and code.back and not required(code.backward_args):
            raise TypeError("forward hands on what it was given: no loss comes back, and none is kept")
    if isinstance(result, list) and len(code.gives) == len(result) > 1:
        result = tuple(result)  # return [o, s]
    if isinstance(result, dict | list | tuple) and target(code, conventions):
        stages = result[0] if isinstance(result, tuple) and result else result  # all activations, all z before them
        if isinstance(stages, dict | list) and (last := last_of_all(stages)) is not None:
            return (as_output(last),), result
    if code.beside and isinstance(result, tuple) and len(code.gives) == len(result) and all(map(is_number, result)):
        return (as_output(result[-1]),), dict(zip(map(normal, code.gives), result))  # return z1, a1, z2, a2
    if isinstance(result, tuple):
        items = list(result)
        cache = None
        if len(items) > 1 and (code.style == "pair" or not is_number(items[-1])):
            cache = items.pop(cache_place(code, items, conventions))
        numbers = [as_output(i) for i in items if is_number(i)]
        return tuple(numbers), cache
    return (as_output(result),), None


def last_of_all(result: dict[Any, Any] | list[Any]) -> Any:
    """The output of a network that hands on what comes out of each of its layers, in a list or by name."""
    found = list(result.values()) if isinstance(result, dict) else result
    arrays = [v for v in found if isinstance(v, np.ndarray) and is_number(v)]
    several = len({np.shape(a) for a in arrays}) > 1 and (isinstance(result, dict) or len(arrays) == len(found))
    return arrays[-1] if several else None


def last_kept(instance: Any, code: Code) -> Any:
    """What forward puts into the instance last, where it returns nothing: its output, whatever its name."""
    found = code.function(code.front)
    names = re.findall(r"\bself\.(\w+)(?:\[[^]=]*\])? *=(?!=)", text_of(found)) if found is not None else []
    value = getattr(instance, names[-1], None) if names else None
    if names and re.search(rf", *self\.{names[-1]} *=(?!=)", text_of(found)):
        return None  # one of several: nothing tells which
    value = value[-1] if isinstance(value, list) and value else value  # each layer's in turn
    return value if isinstance(value, np.ndarray) and is_number(value) else None


def cache_place(code: Code, items: list[Any], conventions: Any) -> int:
    """Where the cache stands in what a pair's forward returns: last, unless a name says otherwise."""
    named = [k for k, n in enumerate(code.gives) if matches(conventions.CACHE, normal(n))]
    if len(named) != 1 or len(code.gives) != len(items):
        return -1
    boxed = isinstance(items[-1], tuple | dict | list)  # return context, (keys, weights): what attention gives
    return -1 if boxed and isinstance(items[named[0]], np.ndarray) else named[0]


def kept_loss(code: Code, instance: Any, each: bool = False) -> Any:
    """The loss that forward keeps beside the predictions it returns, where backward starts from nothing else.

    With `each` it may be one for each of them, and is what forward itself sets.
    """
    held = (getattr(instance, n, None) for n in kept_losses(code, code.front if each else ""))
    return next((v for v in held if v is not None and is_number(v) and (each or np.ndim(v) == 0)), None)


def kept_losses(code: Code, by: str = "") -> list[str]:
    """The attributes that it may be kept in: ``self.loss, self.dout = cross_entropy(z, y)``; `by` a method alone."""
    if code.style != "class" or required(code.backward_args):
        return []
    text = text_of(code.function(by)) if by else code.source.text
    return re.findall(r"self\.(_*(?:loss|cost))\s*(?:,[^=\n]*)?\+?=(?!=)(?! *None)", text)


def is_number(value: Any) -> bool:
    """Whether this is a number or an array of numbers; objects count where they trace."""
    if isinstance(value, list):
        alike = len({np.shape(v) for v in value if isinstance(v, np.ndarray)}) < 2  # else one for each layer
        return bool(value) and alike and is_number(value[0])
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "fiub" or (value.dtype.kind == "O" and value.size > 0 and is_traced(value.flat[0]))
    return isinstance(value, float | int) or is_traced(value)


def is_traced(value: Any) -> bool:
    return hasattr(value, "tape") or isinstance(value, float | int)


class NoArray(TypeError):
    """Forward gave something else, which may hold an array."""

    def __init__(self, value: Any) -> None:
        super().__init__(f"forward returns {type(value).__name__}, no array of numbers")
        self.value = value


def as_output(value: Any) -> Any:
    if not is_number(value):
        raise NoArray(value)
    array = np.asarray(value)
    plain = array.dtype.kind == "O" and not any(hasattr(v, "tape") for v in array.flat)
    try:
        return array.astype(float) if plain or array.dtype.kind in "iub" else array
    except (TypeError, ValueError):  # numbers, and what is none beside them
        raise NoArray(value) from None
