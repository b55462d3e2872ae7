"""Setups: how an instance may be built and what forward may be fed, likeliest first."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...checking.choosing.alone import inner
from ...checking.subject import floats_within
from ..text.boxes import keys_of
from ..text.code import Code, clone, method_of
from ..text.madeup import whole_steps
from ..text.things import given_back, given_each, matches, normal, required, role, roles, targeted
from ..text.uses import has_three_axes, unrolls
from .arguments import builder_specs, constructor_specs, counted_specs, empty, lacking
from .costs import columns_read, is_loss, loss_specs, regression
from .counts import as_beside, as_made, set_examples
from .feeding import OWN as BY_NAME
from .feeding import data_arguments, forward_specs, one_of_many, weights_alone
from .fitting import SEEDS, Shapes, Specs, fitted
from .inner import argument
from .layered import as_factors, as_layered, as_wide_as_told
from .lengths import BUILT_IN, OWN, built_in, own_lengths
from .making import guess_kind, kind, make
from .stated import stated
from .unset import settle
from .wanted import by_one


@dataclass(frozen=True)
class Setup:
    """One way to build an instance and to feed forward: a scene, and what is made in it for every argument.

    `order` says which of a loss's two arguments is the prediction; `built` are methods called on a fresh
    instance and `filled` attributes that are put into it, both only where forward stops without them.
    """

    scene: Any
    made: tuple[str, ...]
    given: tuple[Any, ...]
    order: int | None = None
    by: int | None = None  # the only argument that is differentiated by
    own: bool = False  # the arguments are the user's
    built: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filled: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return "your inputs" if self.own else "a loss" if self.order is not None else self.scene.name

    @property
    def built_in(self) -> bool:
        return self.name.endswith(BUILT_IN)

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What it comes to: scenes that differ in what is asked for nowhere come to the same."""
        head = self.name if self.name.endswith(TELLING) else self.name.partition(",")[0]
        return head, self.made, tuple(map(repr, self.given)), self.order, self.by, self.built, self.filled

    @property
    def narrow(self) -> bool:
        """Whether these are inputs at which a slip cannot show: a single row, column or number."""
        if self.order is not None:
            return not any(isinstance(g, str) and re.search(r"\(N|N\)", g) for g in self.given)
        return self.name.startswith(("a row", "a column", "a number", "a vector", "lists", "square"))

    @property
    def fixed(self) -> bool:
        """Whether no other sizes are meant."""
        return self.own or self.name.endswith(OWN)

    @property
    def optimised(self) -> bool:
        """Whether an optimizer of ours takes steps of the gradient itself."""
        return "fn:optimizer" in (*self.made, *(v for _, given in self.built for v in given))

    @property
    def kinds(self) -> list[str]:
        return [guess_kind(g) if self.own else kind(g) for g in self.given]

    def instance(self, code: Code, rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
        set_examples(code, sizes["N"])
        fresh = code.build([argument(s, code, rng, sizes) for s in self.made])
        settle(code, fresh, rng)
        for name, given in self.built:
            getattr(fresh, name)(*(make(s, rng, sizes) for s in given))
        for name, spec in self.filled:
            if empty(held := getattr(fresh, name, None)) or held is None:
                setattr(fresh, name, make(spec, rng, sizes))
        whole_steps(fresh)
        return fresh

    def arguments(self, rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, ...]:
        return tuple(_copy(g) if self.own else make(g, rng, sizes) for g in self.given)

    def richer(self, code: Code, conventions: Any) -> Setup | None:
        """The same with more done to the instance, where there is more to do."""
        made = counted_specs(code, self.scene, conventions)
        if len(made) > len(self.made) <= len(required(code.constructor)):
            return replace(self, made=made)
        seen = (self.scene, with_batch(self.scene), with_width(self.scene))
        plain, *others = dict.fromkeys(builder_specs(code, scene, conventions) for scene in seen)
        if plain and not self.built:
            return replace(self, built=plain)
        if not self.filled and self.built in (ways := [plain, *others])[:-1]:
            return replace(self, built=ways[ways.index(self.built) + 1])
        if not self.filled:
            try:
                bare = self.instance(code, np.random.default_rng(0), conventions.SIZES)
            except (Exception, SystemExit):
                return None
            if filled := lacking(code, bare, self.scene, conventions):
                return replace(self, built=plain, filled=filled)
        return None


KEEPS = re.compile(r"\bself\.\w+ *=(?!=)")


def with_batch(scene: Any) -> Any:
    """The scene as one sees it who counts the batch among the axes of an input's shape."""
    x = scene.roles.get("x", "")
    return replace(scene, roles={**scene.roles, "shape": f"#{x}"}) if x.startswith("(N,") else scene


def with_width(scene: Any) -> Any:
    """The scene as one sees it who calls the number of an input's entries its shape."""
    return replace(scene, roles={**scene.roles, "shape": scene.roles["n_in"]})


def setups(code: Code, conventions: Any) -> Iterator[Setup]:
    own = built_in(code, conventions)
    loss = is_loss(code, conventions) and not own
    if loss:
        yield from _losses(code, conventions)
    stateless = code.style != "class" or not (code.constructor or code.builders or KEEPS.search(code.source.text))
    seen: set[Any] = set()
    alone = weights_alone(code, conventions) or regression(code, conventions) or one_of_many(code, conventions)
    each = by_one(code) or (None,)
    beside = (*as_made(code, conventions), *as_beside(code, conventions))
    for scene in (
        *own,
        *as_filters(code, conventions),
        *as_layered(code, conventions),
        *as_factors(code, conventions),
        *as_wide_as_told(code, conventions),
        *beside,
        *own_lengths(code, conventions),
        *scenes(code, conventions),
    ):
        by = (None,) if alone and scene.name != "a vector, and a square matrix" else each
        for made in constructor_specs(code, scene, conventions):
            for given in forward_specs(code, scene, conventions):
                key = made, given, scene.name == "numbers, one by one"
                if not (stateless and key in seen):  # else a scene is more than what forward is given
                    seen.add(key)
                    yield from (Setup(scene, made, given, by=k) for k in by)
    both = (len(code.returns) == 2 and all(code.returns) and code.style != "fused") or given_each(
        method_of(code.source.text, code.names[1])
    ) == 2  # a gradient for each of the two: neither is a target
    if not loss and not both and len(data_arguments(code)) == 2:  # else its second argument may be labels
        yield from _losses(code, conventions)
    yield from (Setup(scene, (), given, by=k) for scene, given in stated(code, conventions) for k in by)
    if code.style != "fused" and not own and not loss:
        yield from (replace(s, by=k) for s in _fitted(code, conventions) for k in by)


def scenes(code: Code, conventions: Any) -> list[Any]:
    """The scenes in which a layer may be meant, by its name, what it is given and how; the likeliest first."""
    several = ("rows of outputs", "columns of outputs")
    found = [s for s in conventions.SCENES if not s.name.endswith(("one output", *several))]
    every = 1 < len(required(code.forward_args)) == len(code.returns)  # no argument is a target
    weights = bool(weights_alone(code, conventions))
    fitted = regression(code, conventions)
    if (code.style == "fused" and not every) or weights or fitted:
        # a regression, unless this stops; elsewhere a vector hides what is transposed
        plain = code.style != "fused" or weights or fitted
        costs = [s for s in conventions.SCENES if s not in found and (plain or not s.name.endswith(several))]
        found = costs + found
    elif inner(code.source.text, {p.name for p in code.forward_args}):
        found += [s for s in conventions.SCENES if s.name == "a vector, one output"]
    asks = [p.name for p in code.forward_args if targeted(p.name, conventions)]
    if code.style == "fused" and any(re.search(rf"\b{n}\.T\b", code.source.text) for n in asks):
        found.sort(key=lambda s: not s.name.endswith(("one output", "a column of outputs")))  # y.T @ np.log(p)
    if code.style == "fused" and every:
        found = [s for s in found if not s.roles.get("other", "").startswith("lab")]
    if one_of_many(code, conventions):
        found.sort(key=lambda s: s.name != "a vector")
    if matches(conventions.OF_VECTORS, normal(code.names[1])) or gives_a_diagonal(code):
        found = [s for s in found if s.name.startswith("a vector")]  # of a function from R^n to R^m
    asked = [roles(p.name, conventions) for p in (*code.constructor, *code.forward_args)]
    kept = [roles(key, conventions) for p in code.forward_args for key in keys_of(code, p.name)]
    gated, firsts = any("gate" in words for words in (*asked, *kept)), [words[:1] for words in (*asked, *kept)]
    products = sum(first in (["W"], ["Wx"], ["Wh"]) for first in firsts)
    without = {
        "gates$": not gated,
        "square weights$": products < 2,  # which would hide what is transposed
        "^one square image": ["W"] not in firsts[: len(asked)],  # else any square will do
        "of outputs": not (code.style == "fused" or weights or fitted)
        or (not fitted and ["W"] not in firsts[: len(asked)]),  # of a cost, data and targets
        "unrolled": not any(unrolls(code, p.name) for p in code.forward_args),
        "^a square matrix$": not re.search(r"\blinalg\b|\bnp\.trace\b|\b(inv|det)\(", code.source.text),
        "^sequences, a class each$": len(data_arguments(code)) < 3,  # two arguments may both be owed a gradient
        "^a number": ["sizes"] in firsts
        or re.search(
            rf"\b({'|'.join(p.name for p in code.forward_args) or '(?!)'})\.(shape|T|dot)\b", code.source.text
        ),
        "and a square matrix$": not (code.local and {"A", "Q", "H"} & {p.name for p in code.forward_args[1:]}),
        "several heads$": ["heads"] not in firsts[: len(asked)],
        "others$": not any(first in (["others"], ["negatives"]) for first in firsts),
    }
    if code.style == "class" and has_three_axes(code):
        found = [s for s in found if not re.fullmatch(r"[^(]*\(\w+,\w+\)", s.roles.get("x", ""))]
    out = "|".join(pattern for pattern, holds in without.items() if holds)
    return in_order([s for s in found if not (out and re.search(out, s.name))], code, asked, gated, conventions)


def in_order(found: list[Any], code: Code, asked: list[list[str]], gated: bool, conventions: Any) -> list[Any]:
    """The scenes that a layer's name, or what it is given, speaks of before the others."""
    low, last = normal(code.name), re.search(conventions.CHANNELS_LAST, code.source.text.lower()) is not None
    firsts = [words[:1] for words in asked]
    made, given = firsts[: len(code.constructor)], firsts[len(code.constructor) :]
    named = lambda words: any(w in low for w in words.split("|"))  # noqa: E731
    images = named("conv|pool|image|2d|im2col|flatten") or last
    alone = made[: len(required(code.constructor))] == [["stride"]]
    tells = (
        (named("1d") and not named("batch"), "^signals"),
        (named("3d"), "^volumes$"),
        (images and last, "channels last"),
        (images and named("pool") and alone, "even sides"),  # its windows are built in
        (images, "image"),
        (gated, "gates"),
        (named("lstm"), "LSTM"),
        (named("gru"), "GRU"),
        (named("rnn|recurrent|time"), "sequence|recurrent"),
        (["vectors"] in firsts, ""),  # of all words: what comes first is one of them
        (["h"] in given[1:], "recurrent"),  # x comes with a state: one step, whatever it is called
        (named("embed") or asked[len(made) :][:1] == [["idx"]], "word"),
        (named("matmul|dot"), "fit"),
    )
    found = sorted(found, key=lambda s: "several heads" not in s.name)  # one alone is as wide as all of them
    word = next((pattern for holds, pattern in tells if holds), None)
    if word is None:
        return found
    if images and word in ("channels last", "even sides", "image"):
        found = sorted((s for s in found if not s.name.startswith("heads")), key=lambda s: "image" not in s.name)
    return sorted(found, key=lambda s: not re.search(word, s.name) if word else "vectors" not in s.roles)


def gives_a_diagonal(code: Code) -> bool:
    """Whether a function's derivative is the Jacobian of a vector: ``return np.diag(sigma_prime(z))``."""
    back = method_of(code.source.text, code.names[1]) if code.style != "class" and code.local else None
    given = given_back(back)
    return bool(given) and all(
        isinstance(v, ast.Call) and re.fullmatch(r"(np|numpy)\.diag(flat)?", ast.unparse(v.func)) for v in given
    )


def _fitted(code: Code, conventions: Any) -> Iterator[Setup]:
    """What forward takes, by how far it gets: where names do not tell which shapes go together."""
    known: dict[str, str] = {}
    for scene in conventions.SCENES:
        known = {**{k: v for k, v in scene.roles.items() if not k.startswith(f"{BY_NAME} ")}, **known}
    names = [p.name for p in data_arguments(code)]
    words = bool(names) and roles(names[0], conventions)[:1] == ["idx"]
    wanted = [n for n in SEEDS if n.startswith("word") == words]
    scenes = [replace(s, roles={**known, **s.roles}) for s in conventions.SCENES if s.name in wanted]
    named = {s.roles["x"]: replace(s, name=f"{s.name}, shaped by forward") for s in scenes}

    def set_up(made: Specs, given: Specs) -> Setup:
        return Setup(named.get(given[0], next(iter(named.values()))), made, given)

    def run(made: Specs, given: Specs) -> Callable[[], Any]:
        setup, rng = set_up(made, given), np.random.default_rng(0)
        instance, args = setup.instance(code, rng, conventions.SIZES), setup.arguments(rng, conventions.SIZES)
        return lambda: code.forward(instance, *args)

    firsts = [
        (next(constructor_specs(code, s, conventions), None), next(forward_specs(code, s, conventions), None))
        for s in scenes
    ]
    starts = [Shapes(made, given) for made, given in firsts if made is not None and given]
    for shapes in fitted(code, starts, run, conventions.SIZES, conventions.GRAPH):
        yield set_up(shapes.made, shapes.given)
        biases = [roles(p.name, conventions)[:1] in (["b"], ["b1"], ["b2"]) for p in data_arguments(code)]
        rows = tuple(re.sub(r"^\(([^,]+)\)$", r"(1,\1)", s) if b else s for b, s in zip(biases, shapes.given))
        if rows != shapes.given:
            yield set_up(shapes.made, rows)


TELLING = ("output", "outputs", "neighbour", "a window on it", "a number each", BUILT_IN, OWN)  # say more than shapes


def as_filters(code: Code, conventions: Any) -> Iterator[Any]:
    """Images of as many channels as a class's filters have built in: ``self.filters = np.random.randn(n, 3, 3, 3)``.

    Others may run as well, where one stands for all.
    """
    wanted = required(code.constructor)
    if code.style != "class" or not re.search(r"\(\w+, *\d+, *\d+, *\d+\)", code.source.text) or not wanted:
        return
    scene = next(s for s in conventions.SCENES if s.name == "images")
    made = next(constructor_specs(code, scene, conventions), None)
    try:
        instance = Setup(scene, made or (), ()).instance(code, np.random.default_rng(0), conventions.SIZES)
        shapes = [v.shape for _, v in floats_within(instance) if v.ndim == 4]
    except (Exception, SystemExit):
        return
    for _, first, side, last in shapes[:1]:
        if side == last:
            yield replace(scene, name="images", roles={**scene.roles, "x": f"(N,{first},5,6)"})
        if first == side:
            yield conventions.Scene(f"one image, {BUILT_IN}", {**scene.roles, "x": f"(5,6,{last})"})
        if side == last:
            yield conventions.Scene(f"one image, {BUILT_IN}", {**scene.roles, "x": f"({first},5,6)"})


def _losses(code: Code, conventions: Any) -> Iterator[Setup]:
    """A loss's predictions and targets, in every form."""
    scene = conventions.SCENES[0]
    width = own_width(code, conventions) or columns_read(code)
    for made in constructor_specs(code, scene, conventions):
        several = [len(p.default) for p in code.constructor if isinstance(p.default, tuple) and len(p.default) > 1]
        if several and re.search(r"\w\[:, *(None|np\.newaxis)\] *-", code.source.text):  # quantiles of one target
            rows = "T" if several[0] == conventions.SIZES["N"] else "N"
            yield Setup(scene, made, (f"({rows},{several[0]})", f"({rows})"), 0)
        for pair, order in loss_specs(code, conventions):
            if width and not made:
                own = tuple(re.sub(r"\bD\b", str(width), spec) for spec in pair)
                yield Setup(scene, made, own, order)
            if {"N", "D"} <= set(pair[order]) and re.search(HALVES, code.source.text):
                both = pair[order].replace("D", "DP")
                yield Setup(scene, made, (both, pair[1]) if order == 0 else (pair[0], both), order)
            letter = width_letter(code, conventions)
            one = pair[order] == "(D)" and pair[1 - order].startswith("lab()")  # one example, and its class
            if letter and ({"N", "D"} <= set(pair[order]) or one):  # of one example, its number would not show
                yield Setup(scene, made, wider(pair, order, letter), order)
            yield Setup(scene, made, pair, order)


# a mean and a variance side by side: pred[:, :d], pred[:, d:]
HALVES = r"\[:, *: *(\w+)\][^\n]*\[:, *\1 *:\]|\bsplit\(\w+, *2, *(axis=)?(1|-1)\)"


def width_letter(code: Code, conventions: Any) -> str:
    """How wide the targets of a loss are that has a layer of its own before it: as what comes out there."""
    firsts = [role(p.name, conventions) for p in required(code.constructor)]
    if {"n_in", "n_out"} <= {*firsts}:
        return "M"
    return {"W": "M"}.get("".join(firsts[:1])) or {"n_in n_hidden": "H"}.get(" ".join(firsts[:2]), "")


def wider(pair: tuple[str, str], order: int, letter: str) -> tuple[str, str]:
    """Predictions, and targets that have another width."""
    targets = re.sub(r"\bD\b", letter, pair[1 - order])
    return (pair[0], targets) if order == 0 else (targets, pair[1])


def own_width(code: Code, conventions: Any) -> int:
    """The number of classes that a loss has if nobody says otherwise: ``def __init__(self, classes=4)``."""
    classes = (p.default for p in code.constructor if roles(p.name, conventions)[:1] == ["n_out"])
    return next((n for n in classes if type(n) is int and n > 2), 0)


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else clone(value)
