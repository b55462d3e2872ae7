"""Lists: gradients that come in lists, of arrays that are given as one or of parameters that stand in lists."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...checking.subject import Path, floats_within, name_path, reach

LISTS = ("params", "parameters", "weights", "_params")


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | float | int | np.generic) or hasattr(value, "tape")


def of_a_list(items: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The gradient of a list of arrays, which is given as one array of them, where backward gives a list as well.

    That of an array which forward splits in two may come as two: ``return da, db``. Rows may be lists of numbers.
    """
    rows = [of_a_list(i, shape[1:]) if isinstance(i, list) else i for i in items]
    items = rows if shape[:1] == (len(items),) and not any(r is None for r in rows) else items
    alike = shape[:1] == (len(items),) and all(is_array(i) and np.shape(i) == shape[1:] for i in items)
    if len(items) == 2 and all(is_array(i) and doubled(np.shape(i)) == shape for i in items):
        return np.concatenate(items, axis=-1)
    return np.stack(items) if alike and items else None


def doubled(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of two such arrays beside each other."""
    return (*shape[:-1], 2 * shape[-1]) if shape else ()


def one_array(value: Any, shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """A gradient among others that is a list, an array a step, as the array of one of these shapes that it is."""
    wholes = (of_a_list(value, s) for s in shapes.values()) if isinstance(value, list) else ()
    return next((w for w in wholes if w is not None), value)


def place_in_list(instance: Any, path: Path) -> int | None:
    """Where in a list of parameters an array stands: itself, or as one of ``self.params = [W, b]``."""
    if isinstance(path[-1], int):
        return path[-1]
    array = reach(instance, path)
    for key in LISTS:
        box = vars(instance).get(key)
        if isinstance(box, list | tuple):
            for i, value in enumerate(box):
                if value is array:
                    return i
    return None


def shared(instance: Any, path: Path, boxes: Iterable[Any]) -> Any:
    """The gradient of a parameter that several layers share: all of those that stand where it stands in a list.

    One of them may have it turned: ``self.params = [W.T]``.
    """
    array = reach(instance, path)
    kept = next((v for k in LISTS if isinstance(v := vars(instance).get(k), list | tuple)), ())
    at = [k for k, value in enumerate(kept) if value is array]
    turned = at and len(path) > 2 and any(v.base is array for _, v in floats_within(instance))
    for box in boxes if len(at) > 1 or turned else ():
        if isinstance(box, list | tuple) and len(box) == len(kept) and len({id(box[k]) for k in at}) == len(at):
            return sum(np.asarray(box[k]) for k in at)
    return None


def as_they_stand(result: Any, paths: Sequence[Path], instance: Any) -> tuple[dict[str, Any], Any]:
    """Gradients in lists as parameters stand in lists, ``return nabla_w, nabla_b``, and what else was returned.

    A list belongs to parameters of the same shapes, which some gather from the last to the first; else to others
    that are as many.
    """
    parts = list(result) if isinstance(result, tuple) else []
    lists = [k for k, r in enumerate(parts) if isinstance(r, list) and r and all(map(is_array, r))]
    boxes: dict[Path, list[Path]] = {}
    for path in paths:
        at = max((k for k, part in enumerate(path) if isinstance(part, int)), default=-1)
        if at >= 0:  # self.weights[0], or self.layers[0].weights
            boxes.setdefault((*path[:at], *path[at + 1 :]), []).append(path)
    shapes = {key: [reach(instance, p).shape for p in held] for key, held in boxes.items()}
    found: dict[str, Any] = {}
    left = []
    for k in lists:
        own = [np.shape(g) for g in parts[k]]
        key = next((b for b, s in shapes.items() if own in (s, s[::-1]) and b in boxes), None)
        if key is None:
            left.append(k)
            continue
        gradients = parts[k] if own == shapes[key] else parts[k][::-1]
        found |= dict(zip(map(name_path, boxes.pop(key)), gradients))
    for k in left if found else ():  # unsummed, say
        key = next((b for b, held in boxes.items() if len(held) == len(parts[k])), None)
        found |= dict(zip(map(name_path, boxes.pop(key, [])), parts[k])) if key else {}
    rest = tuple(r for k, r in enumerate(parts) if k not in lists)
    return (found, rest if len(rest) > 1 else next(iter(rest), None)) if found else ({}, result)


def less_what_is_kept(
    result: Any, names: tuple[str, ...], kept: Mapping[str, Any], owed: int
) -> tuple[Any, tuple[str, ...]]:
    """What is returned beside gradients that the instance keeps too: dx of ``return self.dW, self.db, dx``."""
    if not isinstance(result, tuple) or not owed < len(result):
        return result, names
    rest = [k for k, r in enumerate(result) if not any(r is g for g in kept.values())]
    if not owed <= len(rest) < len(result):
        return result, names
    return tuple(result[k] for k in rest), tuple(names[k] for k in rest) if len(names) == len(result) else ()


def unrolled(result: Any, parameters: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """The gradients of all parameters in one long array, as optimizers want them; {} where it is something else."""
    sizes = [math.prod(shape) for shape in parameters.values()]
    if not isinstance(result, np.ndarray) or result.shape != (sum(sizes),) or len(sizes) < 2:
        return {}
    parts = np.split(result, np.cumsum(sizes)[:-1])
    return {n: part.reshape(shape) for (n, shape), part in zip(parameters.items(), parts)}
