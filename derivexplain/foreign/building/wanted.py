"""Wanted: what each argument of a constructor may be in a scene, by its name, its hint and what is done with it."""

from __future__ import annotations

import ast
import math
import re
import string
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...checking.source import text_of
from ..text.affine import part_of
from ..text.boxes import ARRAYS, entries
from ..text.code import Code, method_of
from ..text.gradients import among
from ..text.hints import fitted, own_class
from ..text.settings import SIZES, settings
from ..text.things import Parameter, given_back, matches, normal, required, role, roles
from ..text.uses import (
    asked_whole,
    compared,
    each_axis,
    indexed,
    kept_apart,
    length_of,
    named_parts,
    numbers_of,
    run_as,
    shapes_made,
    sides,
    space_of,
)
from .counts import counts_examples
from .feeding import OLDER, OWN, SCALARS, data_arguments, leanings, told_apart
from .inner import inner_specs

WIDTH = re.compile(r"[+up]?\(N,(\w+)\)")
INNER = (6, 4)  # the widths of further hidden layers
ANYTHING = ["#D", "=0.3", "(D,M)", "=2"]


@dataclass
class Wanted:
    """The arguments that a constructor wants, looked at in their order: those before tell of those after."""

    code: Code
    given: list[Parameter]
    scene: Any
    conventions: Any
    taken: set[str] = field(default_factory=set)  # what those before stand for

    @cached_property
    def low(self) -> str:
        return normal(self.code.name)

    @cached_property
    def init(self) -> Any:
        return self.code.function("__init__")

    @cached_property
    def turned(self) -> bool:
        """Whether they are in mathematics' order, m before n."""
        return [normal(p.name) for p in self.given[:2]] == ["m", "n"]

    @cached_property
    def learns(self) -> bool:
        """Whether it keeps any gradients."""
        text, first = self.code.source.text, r"self\.(d_?[a-z]\w*|\w*(grad|delta)\w*)"
        return re.search(rf"\b{first}(\[[^\]]*\])? *[-+]?=(?!=)", text) is not None or len(self.code.returns) > 1

    @cached_property
    def slopes(self) -> list[Parameter]:
        return [p for p in self.given if matches(self.conventions.SLOPE, normal(p.name))]

    def choices(self) -> list[list[str]] | None:
        """What each may be; None where the scene has nothing for one of them."""
        found = []
        for p in self.given:
            ways = self.by_use(p) or self.by_name(p)
            if ways is None:
                return None
            found.append(ways)
        return told_apart(found)

    def by_use(self, p: Parameter) -> list[str]:
        """What the code does with an argument tells what it is, whatever it is called; [] where it does not."""
        code, scene, conventions, name = self.code, self.scene, self.conventions, normal(p.name)
        if known := scene.roles.get(f"{OWN} {p.name}"):
            return [known]
        if sizes := settings(p, code.functions, scene, conventions):
            return [str(sizes)]
        if boxes := entries(code, p.name, scene, conventions):
            return boxes
        if counts_examples(code, p.name):
            return ["#N"]
        if calls_both(code.source.text, p.name):
            return ["both:fn:tanh|fn:tanh_prime"]
        if matches(conventions.ACTIVATIONS, name) and (several := self.activations()):
            return several
        if data := kept_data(code, p.name, scene):
            return [data]
        if matches(conventions.GRAPH, name) and self.gathers(p) and scene.roles.get("x", "").startswith("(N,"):
            return ["graph(N,N)"]
        if p.name in conventions.STATE_SPACE and {"A", "B", "C"} <= {q.name for q in self.given}:
            return [conventions.STATE_SPACE[p.name]]
        parts = [role(n, conventions) for n in named_parts(self.init, p.name)]  # self.W, self.b = params
        if parts and all(part in ("W", "b") and part in scene.roles for part in parts):
            return ["both:" + "|".join(scene.roles[part] for part in parts)]
        if layers := inner_specs(code, p, conventions):
            return layers
        if matches(conventions.INITIALIZER, name) and re.search(rf"\b{p.name}\(", text_of(self.init)):
            return ["fn:initializer"]
        if functions := self.functions(p):
            return functions
        fronts = (f for f in code.functions if getattr(f, "__name__", "") == code.front)
        if matches(conventions.PENALTY, name) and not any(p.name in text_of(f) for f in fronts):
            return ["=0.0"]  # no part of what forward computes
        sized = ({*SIZES} - {"pad", "stride"}) & {*roles(p.name, conventions)}
        if not sized and (axis := length_of(self.init, p.name)):
            ways = ("n_in", "n_out") if axis == "n_in" else ("n_out", "n_in") if axis == "n_out" else (axis,)
            return [scene.roles[w] for w in ways if w in scene.roles]
        return []

    def functions(self, p: Parameter) -> list[str]:
        """What a class may be given where it runs an argument, ``self.f(x)``, and ``self.g(self.x)`` in backward."""
        way, count = run_as(self.code, p.name)
        if count == 2 and ("function", 2) in [run_as(self.code, q.name) for q in self.given]:
            return ["fn:squares"] if way == "function" else ["fn:difference"]
        if not way or {"activation", "optimizer", "rng"} & {*roles(p.name, self.conventions)} or p in self.slopes:
            return []
        return ["fn:tanh"] if way == "function" else ["fn:tanh_prime", "fn:slope_by_output"]

    def gathers(self, p: Parameter) -> bool:
        """Whether rows are joined by what is kept of an argument, before all else: ``self.A @ x``."""
        given = rf"(?:np\.(?:as)?array\()?{re.escape(p.name)}\b"
        kept = re.findall(rf"\bself\.(\w+) *= *{given}", text_of(self.init))
        rows = [re.escape(q.name) for q in self.code.forward_args[:1]]
        by = (rf"self\.{k} *(@|\.dot\() *{x}\b|(dot|matmul)\(self\.{k}, *{x}\b" for k in kept for x in rows)
        return any(re.search(b, self.code.source.text) for b in by)

    def activations(self) -> list[str]:
        """Names of activations for all layers, or for all but the last, as far as the file knows them."""
        texts = [self.code.source.text, *(text_of(f) for f in space_of(self.code).values() if hasattr(f, "__code__"))]
        known = {w for t in texts for pair in re.findall(r"(['\"])(\w+)\1", t) for w in pair[1:]}
        curves, ends = (
            [w for w in words if w in known] for words in (self.conventions.CURVES, self.conventions.ENDS)
        )
        return [f"={[c, e]!r}" for c in curves[:1] for e in (*ends, *curves)][:2] + [f"={[c]!r}" for c in curves[:1]]

    def by_name(self, p: Parameter) -> list[str] | None:
        words, vague = self.words(p)
        specs = self.specs(p, words)
        if specs is None:
            return None
        specs = self.beside(p, words, specs)
        if words[:1]:
            self.taken.add(words[0])
        shaped = p.name.lower().endswith("shape")
        specs = [*map("={!r}".format, compared(self.code, p.name)[:2]), *specs]
        if shaped:
            specs = [*dict.fromkeys([*specs, self.scene.roles.get("shape", "=(5,)")])]
            if "out" in p.name and (whole := flattened(specs[-1])):
                specs.insert(0, whole)
            specs.append(self.scene.roles["n_out" if "out" in p.name else "n_in"])  # by another word a number
            if (x := self.scene.roles.get("x", "")).startswith("(N,") and f"{p.name}[0]" in text_of(self.init):
                specs.append(f"#{x}")  # or with the batch
        if vague and (rows := re.fullmatch(r"\(\w+,(\w+)\)", self.scene.roles.get("x", ""))):
            specs = [f"({rows[1]})", f"({rows[1]},{rows[1]})"]  # a row of them, or what leads from each to each
        if words in (["gamma"], ["beta"]) and len(self.given) == 1 and self.learnt(p):
            specs = [*specs, "one()"]  # for each column, or for all
        if own_class(p, self.code.functions):
            specs = specs if specs == ["fn:optimizer"] else ["fn:tanh"]  # one of the file's own, see `suited`
        fit = fitted(self.in_shape(p, words, specs), p, next(iter(words), ""), self.scene)
        return None if fit is None else [*dict.fromkeys(fit)][: 3 + shaped] or self.anything(p)

    def anything(self, p: Parameter) -> list[str]:
        """What an argument may be of which no name tells: an array, where its shape is asked for."""
        array = re.search(rf"\b{re.escape(p.name)}\.(shape|T|ndim)\b", text_of(self.init)) is not None
        return [spec for spec in ANYTHING if spec[0] == "("] if array else ANYTHING

    def learnt(self, p: Parameter) -> bool:
        """Whether a gradient for it is kept or given back, by its name."""
        noted = re.search(rf"\bself\.d_?{re.escape(p.name)}\b", self.code.source.text) is not None
        return noted or among(self.code.returns, p.name, self.conventions)

    def words(self, p: Parameter) -> tuple[list[str], bool]:
        """What an argument may stand for; whether it is learnt, and no name tells more."""
        scene, leaning = self.scene, leanings(self.code, self.conventions)
        if told := part_of(self.code, p.name, self.conventions):
            return [told], False
        words = sorted(roles(p.name, self.conventions), key=lambda r: r not in leaning)
        if not words and normal(p.name).endswith(("dim", "size", "units")):  # one length more
            words = [w for w in ("n_in", "n_out", "n_hidden") if w not in self.taken][:1]
        if "norm" in self.low or "bn" in self.low:  # as many outputs as inputs
            words = ["n_in" if w == "n_out" and "n_in" not in self.taken else w for w in words]
        if words[:1] == ["width"] and any(p.name in shape for shape in shapes_made(self.init)):
            words = ["kernel"]  # of a window, and no array of widths
        learnt = words[:1] != ["activation"] and self.learnt(p)
        lone = words[:1] == ["x"] and p.name in string.ascii_uppercase and not {*words[1:]} & {*ARRAYS}
        vague = learnt and (not words or lone)
        if learnt and words[:1] != ["x"]:  # its gradient is kept: an array
            words = [w for w in words if w in ARRAYS] or ["gamma"]
        hint = str(p.annotation)
        if "int" in hint and "ndarray" not in hint:
            words = [w for w in words if scene.roles.get(w, "#").startswith(("#", "="))]
            words = words if "[" in hint else [w for w in words if w != "sizes"]  # dimensions: int is one number
        if "ndarray" in hint or "array" in hint.lower():
            words = [w for w in words if w in ARRAYS] or words
        if words[:1] == ["b"] and not any("W" in roles(q.name, self.conventions) for q in self.given):
            words = ["beta", *words]  # a bias of what comes in, not of a product
        return words, vague

    def specs(self, p: Parameter, words: list[str]) -> list[str] | None:
        """What the scene has for the words; None where it has no such array."""
        held = self.scene.roles
        specs = [held[w] for w in words if (w in SCALARS or w in ARRAYS) and w in held]
        if words and words[0] in ARRAYS and not specs:
            return None
        older = specs == ["fn:rng"] and re.search(OLDER.format(p.name), text_of(self.init))
        return ["fn:older_rng"] if older else specs

    def beside(self, p: Parameter, words: list[str], specs: list[str]) -> list[str]:
        """The same in the light of what the others are, and of the layer's name."""
        held, first, alone = self.scene.roles, words[:1], len(self.given) == 1
        if first in (["gamma"], ["beta"], ["width"]) and (
            slope_alone(self.code) or str(p.annotation) in ("float", str(float))
        ):
            specs = ["=0.7", *specs]
        if first in (["gamma"], ["beta"]) and alone and re.search(r"lu\b|activ", self.low):
            specs = ["=0.3", *specs]  # the slope of its other side
        if first == ["gamma"] and matches(r"scal(e|ing)(factor)?", normal(p.name)) and not self.learns:
            specs = ["=0.7"]  # a number by which all is multiplied
        if first == ["n_in"] and "n_in" in self.taken:
            specs = [held["n_out"], *specs]
        if first == ["n_out"] and alone:
            specs = [*specs, held["n_in"]]  # as many outputs as inputs
        told = {r for q in self.given for r in roles(q.name, self.conventions)}
        held_to = any(matches(f"{self.conventions.TARGET}|y", normal(q.name)) for q in self.code.forward_args[1:])
        if first == ["n_out"] and held_to and "n_in" not in told and (wide := WIDTH.match(held.get("x", ""))):
            specs = [f"#{wide[1]}", *specs]  # classes, as many as columns
        if self.turned and p in self.given[:2]:
            specs = [held[w] for w in (("n_in", "n_out") if p is self.given[0] else ("n_out", "n_in"))]
        if {"W", "filters"} <= {*words} and "conv" in self.low and {"kernel", "pool", "channels"} & told:
            specs = [held["filters"]]  # how many, of a size that is given too
        if "pool" in self.low and first == ["stride"] and alone:
            specs = ["=2", *specs]  # the side of its windows, which are built in, do not overlap
        if p in self.slopes:
            return ["fn:tanh_prime", "fn:slope_by_output", *specs]
        if "activation" in words or (self.slopes and len(self.given) == 2) or "Callable" in str(p.annotation):
            names = ["='relu'", "='sigmoid'"]
            return names if "name" in words else ["fn:tanh", *specs, *names]
        return specs

    def in_shape(self, p: Parameter, words: list[str], specs: list[str]) -> list[str]:
        """The same, as tuples and lists where the code takes them for such."""
        held = self.scene.roles
        ends = {"n_in": held.get("x", ""), "n_out": "(N,M)"}
        if words and (axes := each_axis(self.code, p.name, ends.get(words[0], ""))):
            return [axes]
        if count := sides(self.init, p.name):  # kernel_height, kernel_width = kernel_size
            if words[:1] == ["n_in"] and (picture := sides_of_image(self.scene)):
                return [f"={picture[:count] if 'channels last' in self.scene.name else picture[-count:]}"]
            if words[:1] == ["sizes"]:  # h1, h2 = hidden_sizes
                return [f"={tuple(ast.literal_eval(held['sizes'][1:])[-count:])}"]
            return [re.sub(r"^([#=])(\w+)$", r"\1(" + ",".join([r"\2"] * count) + ")", s) for s in specs]
        if words[:1] == ["sizes"] and (count := kept_apart(self.code, p.name)) > 1:
            first, *between, last = ast.literal_eval(held["sizes"][1:])
            return [f"={[first, *([*between, *INNER] * count)[: count - 2], last]}"]
        if (not specs or "shape" in p.name) and "W" in held and asked_whole(self.init, p.name):
            return [f"#{held['W']}"]
        if (not specs or specs[0] in ("#D", "#M", "#K", "#P")) and (several := indexed(self.init, p.name)):
            return [held["sizes"]] if several == "many" else ["#(D,M)", "#(M,D)"]
        return specs


def calls_both(text: str, name: str) -> bool:
    """Whether an argument is a function and its slope: ``self.df = act[1]``, ``self.df(x)``."""
    kept = [re.search(rf"\bself\.(\w+) *= *{re.escape(name)}\[{k}\]", text) for k in (0, 1)]
    return all(m is not None and re.search(rf"\bself\.{m[1]}\(", text) for m in kept)


def by_one(code: Code) -> tuple[int, ...]:
    """By which argument a function may have its only derivative: ``dkernel(x, y)``, ``dpotential(rho, a, r)``."""
    back = method_of(code.source.text, code.names[1])
    given = given_back(back)
    several = any(isinstance(n, ast.Tuple | ast.List | ast.Dict) for v in given if v for n in ast.walk(v))
    if not slope_alone(code) or several or not given or len(data_arguments(code)) < 2:
        return ()
    return tuple(k for k, p in enumerate(data_arguments(code)) if not numbers_of(code, p.name))


def slope_alone(code: Code) -> bool:
    """Whether backward is a function's derivative at what is given again: ``energy(r)``, ``energy_gradient(r)``."""
    given = [p.name for p in data_arguments(code)]
    return code.local and given == [p.name for p in required(code.backward_args)]


def sides_of_image(scene: Any) -> tuple[int, ...]:
    """The sizes of a scene's image; () where it has none."""
    return tuple(ast.literal_eval(scene.roles.get("shape", "=()")[1:])) if "image" in scene.name else ()


def kept_data(code: Code, name: str, scene: Any) -> str:
    """Data that a constructor keeps for a forward that takes none, and targets for its backward; "" for others."""
    made = zip((*code.forward_args, *code.backward_args), (scene.roles.get("x", ""), "(N,1)"))
    kept = (spec for p, spec in made if re.search(rf"\bself\.{p.name} *= *{name}\b *$", code.source.text, re.M))
    return next(kept, "") if code.slotted else ""


def flattened(spec: str) -> str:
    """What has as many entries as an image, in a row: (60,) for (2, 5, 6); "" for what is no image's shape."""
    shape = ast.literal_eval(spec[1:]) if spec.startswith("=(") else ()
    return f"={(math.prod(shape),)}" if len(shape) > 1 else ""
