"""Answers: gradients read off whatever backward leaves: its result, attributes, boxes of gradients, updates."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...checking.contract import expandable, shared_by_all
from ...checking.subject import Answer, Path, floats_within, name_path, reach, stands
from ..text.gradients import among, last, spellings
from ..text.things import matches, normal
from .lists import as_they_stand, doubled, is_array, less_what_is_kept, one_array, place_in_list, shared, unrolled
from .returned import Returned, by_shape


def unwrapped(value: Any) -> Any:
    """The array in a framework's variable."""
    held = getattr(value, "data", None)
    return held if not is_array(value) and isinstance(held, np.ndarray) else value


def own_place(owed: Sequence[str], taken: Sequence[str], names: Sequence[str], conventions: Any) -> int | None:
    """Where the one gradient that is owed stands, under another name, among those of all arguments: ``dy, dp``."""
    if not len(taken) == len(names) > len(owed) == 1 or owed[0] not in taken:
        return None
    known = [normal(n) in spellings(last(a), conventions) for n, a in zip(names, taken)]
    place = list(taken).index(owed[0])
    return place if not known[place] and sum(known) == len(taken) - 1 else None


LAST_WORD = re.compile(r"^\w*(_|(?<=[a-z])(?=[A-Z]))(?=[A-Za-z][a-z]{2,}$)")  # what stands before it
MANGLED = re.compile(r"^_[A-Za-z]\w*?__(?=\w)")  # what Python puts before a private name


def arrays_of(holder: Any) -> dict[str, Any]:
    """The arrays that an object keeps, private ones by the names they were given."""
    return {MANGLED.sub("", k): v for k, v in getattr(holder, "__dict__", {}).items() if is_array(v)}


def from_attributes(
    instance: Any, paths: Sequence[Path], before: Mapping[str, Any], conventions: Any
) -> dict[str, Any]:
    """Parameters' gradients left in the instance: dW beside W, grads['W'], grads[0] for params[0].

    Under an unknown name it is a box that backward has put there, with an entry of its shape for every parameter.
    """
    return Kept(instance, paths, before, conventions).gradients() if hasattr(instance, "__dict__") else {}


class Kept:
    """An instance in which gradients may be left, with what it held before."""

    def __init__(self, instance: Any, paths: Sequence[Path], before: Mapping[str, Any], conventions: Any) -> None:
        self.instance, self.before, self.conventions = instance, before, conventions
        self.arrays = arrays_of(instance)
        self.plain = {normal(k): v for k, v in self.arrays.items()}
        held = shared_by_all(instance) | vars(instance)
        told = lambda k: k in conventions.GRADIENT_BOXES or matches(conventions.GRADIENT_BOX, normal(k))  # noqa: E731
        self.boxes = {k: v for k, v in held.items() if told(k)}
        self.paths = [p for p in paths if p[0] not in self.boxes]
        names = {s for p in self.paths if len(p) > 1 for s in spellings(str(p[0]), conventions)}  # dW for the list W
        lists = {k: v for k, v in held.items() if isinstance(v, list | dict) and normal(k) in names}
        own = vars(instance).items()
        new = {k: v for k, v in own if fresh(v, before.get(k)) and mirrors(v, instance, self.paths)}
        self.boxes |= lists | new

    def gradients(self) -> dict[str, Any]:
        """By the parameters' names."""
        found: dict[str, Any] = {}
        for path in self.paths:
            ways = (self.shared, self.beside, self.boxed, self.in_its_holder)
            gradient = next((g for way in ways if (g := way(path)) is not None), None)
            found |= {} if gradient is None else {name_path(path): gradient}
        for box in self.boxes.values():  # grads['dLdE'] for embedding_matrix, self.gradient for self.parameters
            open_ = {n: reach(self.instance, p).shape for p in self.paths if (n := name_path(p)) not in found}
            arrays = list(box.values()) if isinstance(box, Mapping) else [box]
            found |= by_shape(open_, [v for v in arrays if not any(v is f for f in found.values())])
        return found | self.of_the_only_one(found)

    def spelled(self, path: Path) -> Sequence[str]:
        """What its gradient may be called."""
        word = str(path[-1]).rpartition("/")[2]  # params["dense/W"]
        if not isinstance(path[-1], str):
            return ()
        told = spellings(word, self.conventions)
        ends = [LAST_WORD.sub("", str(p[-1])).lower() for p in self.paths if isinstance(p[-1], str)]
        end = LAST_WORD.sub("", word).lower()  # dweights for neuronWeights, where no other is called so
        alone = end != word.lower() and ends.count(end) == 1 and not {*told} & {*self.plain}
        return spellings(end, self.conventions) if alone else told

    def shared(self, path: Path) -> Any:
        """What layers add up in one box."""
        return shared(self.instance, path, self.boxes.values())

    def beside(self, path: Path) -> Any:
        """dW beside W; Dw beside dldw is its momentum, of zeros."""
        own = "d" + str(path[-1]).rpartition("/")[2]
        named = [self.plain[s] for s in self.spelled(path) if s in self.plain]
        hits = [self.arrays[own]] if own in self.arrays else named
        return next((h for h in hits if np.any(h)), next(iter(hits), None))

    def boxed(self, path: Path) -> Any:
        """grads["W"], grads[0], dWs[0] for Ws[0]."""
        names = spellings(str(path[0]), self.conventions)
        suited = [b for k, b in self.boxes.items() if normal(k) in names]
        values = (self.in_a_box(box, path) for box in suited or self.boxes.values())
        return next((v for v in values if v is not None and is_array(v)), None)

    def in_a_box(self, box: Any, path: Path) -> Any:
        """What a box has for a parameter."""
        if len(path) > 2:
            return within(box, path[1:], self.conventions)
        if isinstance(box, Mapping):  # gradients["weights"][0] for weights[0]
            return within(box, path if isinstance(path[-1], int) else path[-1:], self.conventions)
        order = place_in_list(self.instance, path)
        return None if order is None else within(box, (order,), self.conventions)

    def in_its_holder(self, path: Path) -> Any:
        """What the layer, or the box, in which it stands keeps for it."""
        if len(path) < 2:
            return None
        holder = self.instance
        for key in path[:-1]:
            holder = holder[key] if isinstance(holder, dict | list | tuple) else getattr(holder, key)
        at = holder.get if isinstance(holder, Mapping) else lambda name: getattr(holder, name, None)
        known = next((at(g) for g in ("grad", "gradient", "grads") if is_array(at(g))), None)
        if known is not None:
            return known
        inner = {normal(k): v for k, v in arrays_of(holder).items()}
        own = next((inner[s] for s in self.spelled(path) if s in inner), None)  # a layer within a layer keeps its own
        layer = vars(self.instance).get(path[0]) if len(path) > 2 else None
        if own is None and hasattr(layer, "__dict__"):  # embed.grads[0] for embed.params[0]
            own = next(iter(from_attributes(layer, [path[1:]], {}, self.conventions).values()), None)
        return own

    def of_the_only_one(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Where one thing alone is learnt, whatever backward has put into a box, for each example or for all."""
        learnt = [p for p in self.paths if matches(self.conventions.LEARNED, normal(str(p[-1])))]
        if len(learnt) != 1 or name_path(learnt[0]) in found:
            return {}
        put = [v for k, v in self.boxes.items() if is_array(v) and fresh(v, self.before.get(k))]
        whole = over_examples(put[0], reach(self.instance, learnt[0])) if put else None
        return {} if whole is None else {name_path(learnt[0]): whole}


def over_examples(kept: Any, parameter: np.ndarray) -> Any:
    """The gradient of the only parameter, where ``self.grad`` holds one for each example, turned or not."""
    whole = np.sum(kept, axis=0) if np.ndim(kept) == parameter.ndim + 1 else None
    if whole is None or parameter.shape not in (whole.shape, whole.shape[::-1]):
        return None
    return whole if whole.shape == parameter.shape else whole.T


def within(box: Any, keys: Path, conventions: Any) -> Any:
    """What stands in boxes within boxes where a parameter stands in its own: grads[0]["dW"] for layers[0]["W"]."""
    for key in keys:
        if isinstance(box, Mapping):
            table = {normal(str(k)): v for k, v in box.items()}
            names = [normal(str(key)), *spellings(str(key), conventions)]
            box = next((table[n] for n in names if n in table), None)
        else:
            whole = isinstance(box, list | tuple) and isinstance(key, int) and key < len(box)
            box = box[key] if whole else None
    return box


def fresh(value: Any, before: Any) -> bool:
    """Whether backward has put this there: another object than before, or a dict with other entries."""
    if isinstance(value, dict) and isinstance(before, dict):
        return any(before.get(k) is not v for k, v in value.items())
    return value is not before


def grown(value: np.ndarray, before: np.ndarray | None) -> bool:
    """Whether backward has added to an array: it holds other numbers than before."""
    return before is not None and before.shape == value.shape and bool(np.any(before != value))


def mirrors(box: Any, instance: Any, paths: Sequence[Path]) -> bool:
    """Whether a dict has the keys and the shapes of one with parameters."""
    whole = [v for k, v in vars(instance).items() if isinstance(v, dict) and any(p[0] == k for p in paths)]

    def shapes(arrays: Mapping[str, Any]) -> dict[str, Any]:
        return {k: getattr(v, "shape", ()) for k, v in arrays.items()}  # a list of caches has none

    found = isinstance(box, dict) and bool(box)
    return found and any(w is not box and shapes(w) == shapes(box) for w in whole)


def updated(instance: Any, before: Mapping[Path, np.ndarray], rate: float) -> dict[str, Any]:
    """Gradients of parameters that backward has moved: the way they went, divided by the learning rate.

    What is not summed over the batch makes a parameter grow.
    """
    found = {}
    for path, array in floats_within(instance):
        old = before.get(path)
        if old is not None and (old.shape == array.shape or expandable(old.shape, array.shape)):
            found[name_path(path)] = (old - array) / rate
    return found


def added(kept: Any, moved: np.ndarray) -> bool:
    """Whether what is kept as a parameter's gradient is a step that was added to it: ``self.W += self.dW``."""
    a, b = (np.array([getattr(v, "value", v) for v in np.ravel(x)], dtype=float) for x in (kept, moved))
    return np.shape(kept) == moved.shape and bool(np.any(b)) and np.allclose(a, -b)


def input_gradient(instance: Any, before: Mapping[str, Any], shape: tuple[int, ...], conventions: Any) -> Any:
    """Where backward returns nothing: the attribute that holds the gradient of its input (dinputs ...).

    Under an unknown name it is the one array of the input's shape that backward has put there.
    """
    if (known := known_input_gradient(instance, conventions)) is not None:
        return known
    held = {k: v for k, v in getattr(instance, "__dict__", {}).items() if is_array(v)}
    new = [k for k, v in held.items() if fresh(v, before.get(k)) and np.shape(v) == shape]
    new = [held[k] for k in new if not any(among([k], n, conventions) for n in held if n != k)]  # dW beside W
    return new[0] if len(new) == 1 else None


def known_input_gradient(instance: Any, conventions: Any) -> Any:
    """The attribute that is called as an input's gradient is."""
    known = {normal(k): v for k, v in getattr(instance, "__dict__", {}).items() if is_array(v)}
    return next((known[n] for n in conventions.INPUT_GRADIENT if n in known), None)


def answer(
    instance: Any,
    result: Any,
    owed: Sequence[str],
    shapes: Mapping[str, tuple[int, ...]],
    names: tuple[str, ...],
    before: Mapping[Path, np.ndarray],
    rate: float,
    conventions: Any,
    held: Mapping[str, Any],
) -> Answer:
    """All gradients that there are after backward, by name; `held` is what the instance held before.

    What backward has cleared, ``self.cache = None``, was a cache and no parameter.
    """
    before = {p: v for p, v in before.items() if stands(instance, p)}
    paths = list(before)
    kept = from_attributes(instance, paths, held, conventions)
    moved = updated(instance, before, rate) if rate else {}
    told = {k: v for k, v in arrays_of(instance).items() if matches(conventions.GRADIENT_WORD, k)}
    lost = {n: v.shape for p, v in before.items() if (n := name_path(p)) not in kept and not np.any(moved.get(n, 0))}
    lost = {n: shape for n, shape in lost.items() if n not in told}
    told = {k: v for k, v in told.items() if np.ndim(v) and not any(v is g for g in kept.values())}
    new = [v for k, v in told.items() if fresh(v, held.get(k)) or grown(v, before.get((k,)))]
    kept |= by_shape(lost, new)  # dE of embeddings
    other = lambda step: np.any(step) or (isinstance(result, np.ndarray) and result.shape != np.shape(step))  # noqa: E731
    gone = [n for n, step in moved.items() if not owed and other(step)]  # what is returned is for word ids, say
    extra = [n for n in map(name_path, paths) if n not in {*kept, *owed, *gone}]  # self.x is no parameter
    extra = [n for n in extra if normal(n) not in conventions.INPUT_GRADIENT]
    standing, result = as_they_stand(result, [p for p in paths if name_path(p) in extra], instance)
    if (result is None and owed and not standing) or result is instance:
        result = input_gradient(instance, held, shapes[owed[0]] if owed else (), conventions)
    learnt = {name_path(p): v.shape for p, v in before.items() if matches(conventions.LEARNED, normal(str(p[-1])))}
    if getattr(result, "shape", ()) not in [shapes[o] for o in owed[:1]] and (parts := unrolled(result, learnt)):
        standing, result = standing | parts, None
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict) and not result[1]:
        result, names = result[0], names[:1]  # return dy, {}: for parameters, of which there are none
    result, names = less_what_is_kept(result, names, kept, len(owed))
    if isinstance(result, tuple) and (place := own_place(owed, list(shapes), names, conventions)) is not None:
        result = result[place] if len(result) == len(names) else result
    result = (
        tuple(one_array(unwrapped(r), shapes) for r in result) if isinstance(result, tuple) else unwrapped(result)
    )
    shapes = {**{name_path(p): v.shape for p, v in before.items()}, **shapes}
    found, problem = Returned(owed, extra, shapes, names, conventions).gradients(result)
    found |= standing | (by_their_keys(instance, result, paths) if isinstance(result, Mapping) else {})
    if len(owed) == 1 and owed[0] not in found and found and not problem:  # what is returned is the parameters'
        new = known_input_gradient(instance, conventions)
        found |= {owed[0]: new} if new is not None else {}
    moved = {k: v for k, v in moved.items() if k not in owed}  # self.x is what it was fed
    kept = {k: v for k, v in kept.items() if not (k in moved and added(v, moved[k]))}
    given = {**moved, **kept, **found}
    odd = [k for k, v in given.items() if v is not None and not is_array(v)]
    if odd and not problem:
        problem = f"the gradient for {odd[0]} is a {type(given[odd[0]]).__name__}, no array of numbers"
    return Answer({k: v for k, v in given.items() if k not in odd}, problem)


def by_their_keys(instance: Any, result: Mapping[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    """Gradients by the keys under which a dict holds the same parameters: ``params["W1"]`` is fc1.W."""
    boxes = [box for box in getattr(instance, "__dict__", {}).values() if isinstance(box, dict)]
    keys = {id(v): k for box in boxes for k, v in box.items() if isinstance(v, np.ndarray) and k in result}
    held = [(p, keys.get(id(reach(instance, p)))) for p in paths if len(p) > 1]
    return {name_path(p): result[k] for p, k in held if k is not None}


def times(
    value: Any, dout: np.ndarray, shape: tuple[int, ...], columns: bool = False, known: list[int] | None = None
) -> Any:
    """A local derivative times the upstream gradient, entry by entry; a whole Jacobian, or a row's, from the left.

    Where columns are examples there may be a Jacobian for each of them. `known` takes the axis along which forward
    adds up, as other shapes have shown it: a square does not tell.
    """
    if np.shape(value) == (dout.size, math.prod(shape)) and dout.size > 1:
        return (dout.ravel() @ np.asarray(value)).reshape(shape)
    if columns and shape == dout.shape and np.shape(value) == (shape[-1], *shape[:1] * 2):
        return np.einsum("in,nij->jn", dout, value)
    if dout.ndim > 1 and np.shape(value) == (*dout.shape, *shape[1:]) and shape[:1] == dout.shape[:1]:
        rows = zip(dout.reshape(len(dout), -1), np.reshape(value, (len(dout), dout[0].size, -1)))
        return np.stack([d @ jacobian for d, jacobian in rows]).reshape(shape)
    if np.shape(value) == shape and dout.ndim == len(shape) - 1 > 0:  # a slope for each entry of what was reduced
        fits = [k for k in reversed(range(len(shape))) if dout.shape == shape[:k] + shape[k + 1 :]]
        if len(fits) == 1 and known is not None:
            known[:] = fits
        axis = next((k for k in (*(known or ()), *fits) if k in fits), None)
        dout = dout if axis is None else np.expand_dims(dout, axis)
    if np.shape(value) == shape and dout.shape == (1, *shape):  # of an output that was made a row
        dout = dout[0]
    if np.shape(value) == shape == doubled(dout.shape):  # of an array that forward splits in two
        dout = np.concatenate([dout, dout], axis=-1)
    return None if value is None else np.asarray(value) * dout
