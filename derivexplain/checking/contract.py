"""Contract: what a good layer leaves alone, and what its answer must look like whatever its numbers are."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding
from .subject import Answer, Bench, UserError, copied, floats_within, name_path, reach
from .values import upstream

Douts = tuple[Any, ...]
CLEARING = re.compile(r"_?(zero|clear|reset|flush)_?(all_?)?(param\w*_)?(grads?|gradients?)(_?(zero|param\w*))?")


def form(answer: Answer, values: Mapping[str, np.ndarray]) -> Iterator[Finding]:
    """Arity, shapes, finite numbers and dtype of what backward gave."""
    if answer.problem:
        yield Finding("arity", "fail", answer.problem)
    for name, value in values.items():
        if name not in answer.gradients:
            continue
        given = answer.gradients[name]
        if given is None:
            yield Finding("missing", "fail", f"backward gives no gradient for {name}")
            continue
        array = np.asarray(given)
        if array.dtype.kind not in "fiub":
            yield Finding(
                "missing", "fail", f"the gradient for {name} is no array of numbers ({type(given).__name__})"
            )
            continue
        yield from shape(name, array, value)
        if not np.all(np.isfinite(array)):
            yield Finding("finite", "fail", f"the gradient for {name} has entries that are not finite")
        both = array.dtype.kind == value.dtype.kind == "f" and value.ndim > 0  # a number is as precise as may be
        if both and array.dtype.itemsize < value.dtype.itemsize:
            yield Finding("dtype", "warn", f"the gradient for {name} is {array.dtype} where {name} is {value.dtype}")


def shape(name: str, gradient: np.ndarray, value: np.ndarray) -> Iterator[Finding]:
    """The gradient has the shape of its variable; an axis of size 1 more or less is a hazard."""
    if gradient.shape == value.shape:
        return
    message = f"the gradient for {name} has shape {gradient.shape}, {name} has {value.shape}"
    if not gradient.shape:
        message = f"the gradient for {name} is a single number, {name} has shape {value.shape}"
    turned = gradient.shape == value.shape[::-1]  # a row for a column: subtracted from it, it makes a square
    if squeezed(gradient.shape) == squeezed(value.shape) and not turned:
        yield Finding("shape", "warn", f"{message}: an axis of size 1 too many or too few (keepdims)")
        return
    why: tuple[Diagnosis, ...] = ()
    if turned:
        why = (Diagnosis("transposed", f"the gradient for {name} is transposed", name),)
    elif value.size > 1 and gradient.shape == (value.size, value.size):
        why = (
            Diagnosis(
                "unsummed",
                f"this is as large as a whole Jacobian, {value.size} by {value.size}: it must be multiplied as a "
                "matrix with the upstream gradient, or summed where that is in it already, so that one number for "
                f"each entry of {name} is left",
                name,
            ),
        )
    elif expandable(value.shape, gradient.shape) or within(squeezed(value.shape), gradient.shape):
        why = (
            Diagnosis(
                "unsummed",
                f"the gradient for {name} is not summed over the axes along which {name} was repeated (the batch)",
                name,
            ),
        )
    elif expandable(gradient.shape, value.shape):
        why = (
            Diagnosis(
                "unsummed", f"the gradient for {name} is summed or averaged over an axis that {name} has", name
            ),
        )
    yield Finding("shape", "fail", message, diagnosis=why)


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its axes of size 1."""
    return tuple(n for n in shape if n != 1)


def within(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether the small shape is the large one with axes left out."""
    rest = iter(large)
    return len(small) < len(large) and all(n in rest for n in small)


def expandable(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether an array of the small shape broadcasts to the large one."""
    try:
        return np.broadcast_shapes(small, large) == large
    except ValueError:
        return False


def shared(bench: Bench, douts: Douts, args: tuple[Any, ...], answer: Answer) -> Iterator[Finding]:
    """Two names for one array: what is later added to one gradient lands in the other."""
    found = []
    names = [n for n, g in answer.gradients.items() if isinstance(g, np.ndarray) and g.size]
    for i, name in enumerate(names):
        g = answer.gradients[name]
        for other in names[:i]:
            if np.shares_memory(g, answer.gradients[other]):
                found.append(f"backward returns the same array twice: the gradients for {other} and {name} are one")
        ups = [k for k, d in enumerate(douts) if isinstance(d, np.ndarray) and np.shares_memory(g, d)]
        if ups:
            found.append(f"the gradient for {name} is {bench.subject.upstream_of(ups[0])} itself, not a copy")
        for a, argument in zip(args, bench.subject.arguments):
            if isinstance(a, np.ndarray) and np.shares_memory(g, a):
                found.append(f"the gradient for {name} shares its memory with the argument {argument.name}")
    for message in found:
        yield Finding(
            "alias",
            "warn",
            message + "; changing one in place changes the other",
            diagnosis=(Diagnosis("alias", message),),
        )
    if not found:
        yield Finding("alias", "pass", "every gradient is an array of its own")


def generators(instance: Any) -> list[tuple[Any, Any]]:
    """The sources of chance that an instance keeps, and where they stand: each forward draws anew from them."""
    found = getattr(instance, "__dict__", {}).values()
    return [
        *((g, g.get_state()) for g in found if isinstance(g, np.random.RandomState)),
        *((g.bit_generator, g.bit_generator.state) for g in found if isinstance(g, np.random.Generator)),
    ]


def rewind(chances: list[tuple[Any, Any]]) -> None:
    for source, at in chances:
        if isinstance(source, np.random.RandomState):
            source.set_state(at)
        else:
            source.state = at


def repeated(bench: Bench, douts: Douts) -> Iterator[Finding]:
    """Forward twice, backward twice: the same answer (unless backward is meant to update)."""
    instance, args = bench.fresh()
    chances = generators(instance)
    first = [copied(o) for o in bench.forward(instance, tuple(copied(a) for a in args))]
    if len(late := generators(instance)) > len(chances):  # made by the first forward
        first, chances = [copied(o) for o in bench.forward(instance, tuple(copied(a) for a in args))], late
    rewind(chances)
    again = bench.forward(instance, tuple(copied(a) for a in args))
    if not all(close(a, b) for a, b in zip(first, again)):
        yield state("second-forward", "forward called twice with the same data gives two answers")
    if "updates" in bench.subject.notes:
        return
    instance, args = bench.fresh()
    outs = bench.forward(instance, args)
    one = copied_answer(bench.backward(instance, tuple(copied(d) for d in douts), args, outs))
    try:
        two = bench.backward(instance, tuple(copied(d) for d in douts), args, outs).gradients
    except UserError as error:
        yield state("second-backward", f"a second backward stops: {error.words}", error.where)
        return
    other = [n for n, g in one.items() if not close(g, two.get(n))]
    if other and (clears := cleared(instance)):
        two = bench.backward(instance, tuple(copied(d) for d in douts), args, outs).gradients
        if all(close(g, two.get(n)) for n, g in one.items()):
            yield Finding("second-backward", "skip", f"gradients add up until {clears}() sets them back")
            return
    for name, g in one.items():
        if name in other:
            twice = g is not None and two.get(name) is not None and close(2 * np.asarray(g), two[name])
            how = ": it is added to the last one (+=)" if twice else ""
            yield state("second-backward", f"a second backward gives another gradient for {name}{how}")


def cleared(instance: Any) -> str:
    """The method that sets an instance's gradients back, which has run now: ``zero_grad()``; "" where it has none."""
    for name in (n for n in dir(type(instance)) if CLEARING.fullmatch(n.lower())):
        with contextlib.suppress(Exception):
            getattr(instance, name)()
            return name
    return ""


def stateless(bench: Bench, douts: Douts) -> Iterator[Finding]:
    """Other data on the same instance, and two instances in turn, answer as a fresh one does."""
    fresh = bench.gradients(douts).gradients
    instance, args = bench.fresh(other=True)
    chances = generators(instance)
    try:
        outs = bench.forward(instance, args)
        same_shapes = [np.shape(o) for o in outs] == [np.shape(d) for d in douts]
        if same_shapes and "updates" not in bench.subject.notes:
            bench.backward(instance, tuple(copied(d) for d in douts), args, outs)
            cleared(instance)
        _, args = bench.fresh()
        rewind(chances)
        outs = bench.forward(instance, args)
        reused = bench.backward(instance, tuple(copied(d) for d in douts), args, outs).gradients
    except UserError as error:
        yield state("other-data", f"the same instance used a second time stops: {error.words}", error.where)
        return
    drawn = len(generators(instance)) > len(chances)  # from a generator that no fresh instance has yet
    for name, g in fresh.items():
        if not drawn and not close(g, reused.get(name)):
            yield state(
                "other-data",
                f"after other data the gradient for {name} differs from a fresh instance's: something old is kept",
            )
            return
    one, args = bench.fresh()
    lengths = in_class(one, tuple, np.ndarray)
    outs = bench.forward(one, args)
    moved = [n for n, v in in_class(one, tuple, np.ndarray).items() if lengths.get(n) is not v]
    common = {k: v.copy() for k, v in shared_by_all(one).items()}
    two, others = bench.fresh(other=True)
    bench.forward(two, others)
    try:
        mixed = bench.backward(one, tuple(copied(d) for d in douts), args, outs).gradients
    except UserError as error:
        yield state("two-instances", f"two instances used in turn stop: {error.words}", error.where)
        return
    for name, g in fresh.items():
        if not close(g, mixed.get(name)):
            yield state(
                "two-instances",
                f"two instances share their state: the gradient for {name} changes when another one runs",
            )
            return
    for name in moved:
        words = f"two instances share {name}, which forward sets in the class: backward reads that of the last one"
        yield state("two-instances", words)
        return
    for name, box in shared_by_all(one).items():
        if written(box, common.get(name)):
            words = f"two instances share {name}, which stands in the class: what one writes into it, all others hold"
            yield state("two-instances", words)
            return
    yield Finding("other-data", "pass", "other data and other instances change nothing")


def shared_by_all(instance: Any) -> dict[str, Any]:
    """The dicts and arrays that stand in a class, one for all of its instances."""
    return {k: v for k, v in in_class(instance, dict, list, np.ndarray).items() if k[:1] != "_"}


def in_class(instance: Any, *kinds: type) -> dict[str, Any]:
    """What of these kinds stands in a class or its bases, all but object, by name."""
    return {k: v for cls in type(instance).__mro__[-2::-1] for k, v in vars(cls).items() if isinstance(v, kinds)}


def written(box: Any, before: Any) -> bool:
    """Whether arrays have been put into a box, or added to, since it was copied."""
    if isinstance(box, np.ndarray):
        return before is not None and not same(box, before)
    old = dict(enumerate(before or ())) if isinstance(box, list) else before or {}
    new = dict(enumerate(box)) if isinstance(box, list) else box
    return any(isinstance(v, np.ndarray) and old.get(k) is not v for k, v in new.items())


def unread(bench: Bench, douts: Douts, answer: Answer) -> Iterator[Finding]:
    """A parameter that backward computes with and forward does not: right at its first numbers alone."""
    instance, args = bench.fresh()
    known = [*args, *(reach(instance, p) for p in bench.paths)]
    held = [(p, v) for p, v in floats_within(instance) if not any(np.shares_memory(v, k) for k in known)]
    for path, value in held:
        name = name_path(path)
        if not value.size or not bench.subject.learns(name) or str(path[0]).startswith("_derivexplain"):
            continue
        instance, args = bench.fresh()
        array = reach(instance, path)
        array += 0.1 * (1 + np.abs(array)) * bench.rng(17).uniform(0.5, 1, array.shape).astype(array.dtype)
        try:
            outs = bench.forward(instance, args)
            moved = bench.backward(instance, tuple(copied(d) for d in douts), args, outs).gradients
        except UserError:
            continue
        inputs = [a.name for a in bench.subject.arguments if a.owed and answer.gradients.get(a.name) is not None]
        if any(not close(answer.gradients[n], moved.get(n)) for n in inputs):
            message = (
                f"backward computes the gradient for {', '.join(inputs)} with {name}, which forward does not read"
            )
            why = Diagnosis("extra", f"{message}: with other numbers in {name} it is wrong", name)
            yield Finding("values", "fail", message, diagnosis=(why,))


def linear(bench: Bench, outs: tuple[np.ndarray, ...]) -> Iterator[Finding]:
    """backward(-2.5 a + 7 b) = -2.5 backward(a) + 7 backward(b): the vector-Jacobian product is linear in dout."""
    a, b = upstream(outs, bench.rng(3)), upstream(outs, bench.rng(4))
    both = tuple(-2.5 * p + 7 * q for p, q in zip(a, b))
    ga, gb, gboth = (bench.gradients(d).gradients for d in (a, b, both))
    for name, whole in gboth.items():
        if any(g.get(name) is None for g in (ga, gb, gboth)):
            continue
        p, q, w = (np.asarray(g, dtype=float) for g in (ga[name], gb[name], whole))
        if not p.shape == q.shape == w.shape:
            continue
        size = max(float(np.max(np.abs(x), initial=0.0)) for x in (p, q, w))
        rounding = {np.float16: 2e-2, np.float32: 1e-3}
        within = max(rounding.get(np.asarray(g).dtype.type, 1e-7) for g in (ga[name], whole))
        if np.all(np.isfinite(w)) and not np.max(np.abs(w + 2.5 * p - 7 * q), initial=0.0) <= within * (size + 1e-6):
            ignored = np.array_equal(p, q) and np.array_equal(p, w)
            code = "dout-ignored" if ignored else "dout-nonlinear"
            message = (
                f"the gradient for {name} is the same whatever {bench.subject.upstream} is: backward "
                f"forgets to multiply by it"
                if ignored
                else f"the gradient for {name} is not linear in {bench.subject.upstream}: twice the "
                f"upstream gradient must give twice the gradient"
            )
            yield Finding("linear", "fail", message, diagnosis=(Diagnosis(code, message, name),))
            return
    yield Finding("linear", "pass", f"linear in {bench.subject.upstream}, whatever its signs")


def state(code: str, message: str, where: str = "") -> Finding:
    return Finding(code, "warn", message, where, diagnosis=(Diagnosis("state", message),))


def copied_answer(answer: Answer) -> dict[str, Any]:
    return {k: copied(v) for k, v in answer.gradients.items()}


def same(a: Any, b: Any) -> bool:
    return np.array_equal(np.asarray(a), np.asarray(b), equal_nan=np.asarray(a).dtype.kind == "f")


def close(a: Any, b: Any) -> bool:
    """Equal to within rounding, relative to the largest entry."""
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return False
    scale = float(np.max(np.abs(a), initial=0.0)) if np.all(np.isfinite(a)) else 1.0
    return bool(np.allclose(a, b, rtol=1e-7, atol=1e-7 * scale, equal_nan=True))
