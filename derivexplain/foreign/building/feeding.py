"""Feeding: what to give forward, by the names of its arguments and a scene's shapes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..text.affine import affine, part_of
from ..text.boxes import ARRAYS, entries
from ..text.code import Code, method_of
from ..text.gradients import among
from ..text.modelled import modelled
from ..text.things import Parameter, given_each, matches, normal, required, role, roles, targeted
from ..text.uses import (
    between,
    chooses,
    compared,
    divides_alone,
    longer,
    multiplies,
    number_of,
    numbers_of,
    only_asked,
    picks,
    spread,
    takes_rows,
    unrolls,
    whole_sums,
)

WHOLE = (  # numbers that are
    *("n_in", "n_out", "n_hidden", "channels", "filters", "kernel", "pool", "pool_side", "kernel_side"),
    *("stride", "pad", "heads", "groups", "batch", "vocab"),
)
SCALARS = (
    *WHOLE,
    *("ratio", "alpha", "eps", "momentum", "rate", "shape", "axis", "train", "predict", "mode", "pool_mode", "std"),
    *("none", "activation", "name", "mask", "optimizer", "rng", "bits", "sizes", "rows", "words"),
)
OLDER = r"\b{}\.(rand|randn|random_sample|randint)\("  # what a generator of the older kind is asked
EXPONENTIALS = r"softmax\(|np\.exp\([^\0]*\bsum\((axis=)?{}, keepdims=True\)"  # whose targets sum to one
NORM = re.compile(r"(batch|layer|instance|group|rms)_?norm|^(bn|ln)(forward)?$")
PLAIN = ("rows are examples", "columns are examples", "a vector")  # scenes
OWN = "own"  # before the name of an argument for which a scene has a shape
LEARNT = "a number with a gradient of its own"  # for an annotation


def leanings(code: Code, conventions: Any) -> tuple[str, ...]:
    """The roles that come first in code of this name: p of a dropout is no padding."""
    return next((roles for pattern, roles in conventions.LEANINGS if re.search(pattern, normal(code.name))), ())


def forward_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give forward in this scene."""
    found = affine(code, conventions) if scene.name in PLAIN else {}
    if scene.roles.get("x") in found.values():
        yield tuple(found[p.name] for p in required(code.forward_args))
    fed = Fed(code, data_arguments(code), scene, conventions)
    names = [normal(p.name) for p in fed.given]
    three = {n[:1] for n in names[:3]} == {"q", "k", "v"}
    if three or names in (["q", "k"], ["query", "key"], ["queries", "keys"]):
        known = (roles(p.name, conventions) for p in fed.given[2 + three :])
        rest = [[scene.roles[r] for r in words if r in SCALARS and r in scene.roles] for words in known]
        alike = (scene.roles.get("q", "(N,D)"),) * (2 + three)
        yield from ((*alike, *more) for more in itertools.islice(itertools.product(*rest), 6))
    else:
        yield from itertools.islice(itertools.product(*fed.choices()), 6)


@dataclass
class Fed:
    """The arguments that forward is given, looked at in their order: those before tell of those after."""

    code: Code
    given: list[Parameter]
    scene: Any
    conventions: Any
    specs: list[list[str]] = field(default_factory=list)  # what those before may be
    taken: set[str] = field(default_factory=set)  # the arrays that those before stand for
    first: bool = True  # whether the data are still to come

    @cached_property
    def weights(self) -> tuple[str, ...]:
        return weights_alone(self.code, self.conventions)

    @cached_property
    def x(self) -> str:
        return str(self.scene.roles.get("x", "(N,D)"))

    @cached_property
    def other(self) -> str:
        return str(self.scene.roles.get("other", self.x))

    def choices(self) -> list[list[str]]:
        """What each may be."""
        for p in self.given:
            found = self.by_model(p) or self.by_use(p) or self.by_name(p)
            learnt = p.name in self.weights or (self.specs and role(p.name, self.conventions) == "W")
            wider = learnt and self.code.style != "class" and longer(self.code, p.name)
            self.specs.append([re.sub(r"\bD\b", "D+1", s) for s in found] if wider else found)
        return told_apart(self.specs)

    def by_model(self, p: Parameter) -> list[str]:
        """The part that an argument has in the model that a cost fits; [] where there is none."""
        model = modelled(self.code, self.conventions)
        played = model.roles.get(p.name, "") if model else ""
        targets = "lab(N)<M" if model and model.picked else self.other
        known = {"x": self.x, "targets": targets}.get(played) or self.scene.roles.get(played)
        known = self.scene.roles.get(f"{OWN} {p.name}", known)
        self.first &= model is None and not known
        return [known] if known else []

    def by_use(self, p: Parameter) -> list[str]:
        """What the code does with an argument tells what it is, whatever it is called; [] where it does not."""
        code = self.code
        if layer := of_a_layer(p.name, [q.name for q in self.given], self.scene):
            return [layer]
        if boxes := entries(code, p.name, self.scene, self.conventions):
            self.first = False
            return boxes
        if re.search(rf"(?m)^ *{re.escape(p.name)} *= *{re.escape(p.name)}\[:, *0\]", code.source.text):
            self.first = False
            return ["(D,1)"]  # w = w[:, 0]
        if self.x == "(D,N)" and targeted(p.name, self.conventions) and f"{p.name}[0]" in code.source.text:
            return [f"{kind}(1,N)" for kind in ("pm", "bin", "")]
        if among(whole_sums(code), p.name, self.conventions):
            return ["()"]
        if matches(self.conventions.EACH, normal(p.name)) and "N" in self.x:
            return ["+(N)"]
        if code.local and code.style == "pair" and not self.first and (read := numbers_of(code, p.name)):
            return [f"of:{','.join(read)}"]
        if self.first and self.joins(p) and any(role(q.name, self.conventions) in ("x", "h") for q in self.given[1:]):
            return ["graph(N,N)"]  # forward(A, X), forward(A, H)
        if self.specs == [["graph(N,N)"]] and role(p.name, self.conventions) == "h":
            return [self.other]
        if self.other.startswith("bin(") and re.search(HINGED.format(p.name), code.source.text):
            return [f"pm{self.other[3:]}"]
        if picks(code, p.name) and self.other.startswith("lab("):
            return [self.other]  # as many classes as the scene has
        if picks(code, p.name) and self.x.startswith("(N,"):
            wide = any("n_out" in roles(q.name, self.conventions) for q in code.constructor)
            wide |= any(role(q.name, self.conventions) == "W" for q in self.given)  # softmax_loss(X, y, W, b)
            return [f"lab(N)<{'M' if wide else self.x[3:-1]}"] if re.fullmatch(r"\(N,\w\)", self.x) else []
        if self.x == "(D)" and p.name == one_of_many(code, self.conventions):
            return ["lab()<D"]  # one of the scores, beside how many there are
        if self.first and len(self.weights) == 1 and targeted(p.name, self.conventions):
            return [self.scene.roles.get("other", "(N,D)")]  # compute_loss(y, tx, w)
        return []

    def by_name(self, p: Parameter) -> list[str]:
        words = self.words(p)
        if "name" in words and (known := compared(self.code, p.name)):  # activation(name, x): if name == "relu"
            return [*map("={!r}".format, known[:2])]
        words = self.arrays_first(p, words)
        self.taken.update({*words[:1]} & {*ARRAYS})
        rows = self.scene.roles.get("idx", "")
        if rows.startswith(("idx(N)", "lab()")) and takes_rows(self.code, p.name):
            self.first = False
            return [rows]
        if words[:1] == ["b"] and any(roles(q.name, self.conventions)[:1] == ["gamma"] for q in self.given):
            words = ["beta", *words]  # what shifts beside what scales
        if not self.first and "h" in words:
            words = sorted(words, key=lambda w: w != "h")
        if self.first and words[:1] == ["h"] and self.code.style == "pair" and self.lone():
            words = ["x", *words]  # layer(h, W, b)
        alone = [self.x] if self.first and words[:1] == ["h"] and len(self.given) == 1 else []
        leads = self.first and not (self.code.style != "class" and words and words[0] in (*ARRAYS, "h"))
        self.first = False
        if leads and self.data(words):
            return [f"u{self.x}" if self.x.startswith("(") and between(self.code, p.name) else self.x]
        found = self.told(p, words) or self.further(p, words)
        return [*dict.fromkeys((*found[:2], *alone, *found[2:]))][:3]

    def lone(self) -> bool:
        """Whether the first argument is all that comes in: what stands beside it is known, and no data."""
        others = (roles(q.name, self.conventions) for q in self.given[1:])
        return all(words and not {"x", "idx", "word"} & {*words} for words in others)

    def words(self, p: Parameter) -> list[str]:
        """What an argument may stand for."""
        code, leaning = self.code, leanings(self.code, self.conventions)
        if unrolls(code, p.name):
            return ["unrolled"]
        if told := part_of(code, p.name, self.conventions):
            return [told]
        words = sorted(roles(p.name, self.conventions), key=lambda r: self.first or r not in leaning)
        if words[:1] == ["b"] and not self.first and multiplies(code, p.name):
            words = words[1:]  # no offset: another input
        if code.style != "class" and normal(p.name) in ("output", "outputs"):
            words = [w for w in words if w not in WHOLE]  # not how many: what is held against them
        if len(self.given) == 3 and NORM.search(normal(code.name)) and not {"mean", "var", "eps"} & {*words}:
            return [("x", "gamma", "beta")[len(self.specs)], *words]  # whatever they are called
        if words[:1] and words[0] in SCALARS and re.search(rf"\b{re.escape(p.name)}\.(shape|T)\b", code.source.text):
            words = [w for w in words if w in (*ARRAYS, "h")] or ["W"]  # F of filters, s of a state: no number
        if number := number_of(code, p.name):
            number = "pool" if number == "kernel" and "pool" in normal(code.name) else number
            return [w for w in words if w in WHOLE and number != "ratio"] or [number]
        functions = code.style in ("fused", "pair")
        if functions and {"n_in", "n_out"} & {*words} and divides_alone(code.source.text, p.name):
            return ["batch"]  # how many examples a cost is a mean over: / n
        if self.weights and weighs_a_term(p.name, self.conventions):
            return ["alpha"]
        shared = rf"(?<![\w.]){re.escape(p.name)} */ *(\(?2(\.0*)? *\*)? *([mnN]\b|len\(\w+\))"  # l / (2 * m)
        if functions and not words and re.search(shared, code.source.text):
            return ["alpha"]
        if code.style == "fused" and words[:1] == ["beta"] and "gamma" not in self.taken:
            return ["alpha"]  # how much a further term of a cost counts
        return words

    def arrays_first(self, p: Parameter, words: list[str]) -> list[str]:
        """The same without numbers where it may be an array: but G beside gamma is a number of groups."""
        if p.name in self.weights and len(self.weights) < 3:
            words = ["Wb"[self.weights.index(p.name)]]  # a slope for each column, and where it starts
        plain = [w for w in words if w not in SCALARS or w in ("train", "predict", "mode")]
        return plain if plain and plain[0] not in self.taken else sorted(words, key=lambda w: w not in SCALARS)

    def data(self, words: list[str]) -> bool:
        """Whether the first argument is the data, by what else it may be."""
        weights = ("W", "b") if len(self.given) > 2 else ()
        return not words or words[0] not in ("h", "train", "idx", "q", "unrolled", *weights)

    def told(self, p: Parameter, words: list[str]) -> list[str]:
        """What a further argument is by its name or one use of it; [] where that does not settle it."""
        code, scene, name = self.code, self.scene, normal(p.name)
        if re.fullmatch(self.conventions.ALIKE, " ".join(normal(q.name) for q in self.given)):
            return [self.x]
        if self.joins(p):
            return ["graph(N,N)", scene.roles.get("other", "(N,D)")]
        if re.search(rf"\brange\({re.escape(p.name)}\)", code.source.text):  # how many there are, not what
            return [scene.roles["batch"]]
        lone = code.style != "class" and not any(
            {"W", "x"} & {*roles(q.name, self.conventions)} for q in self.given[1:]
        )
        if lone and words[:1] == ["n_out"] and re.fullmatch(r"\((N,)?D\)", self.x):
            return ["#D"]  # as many classes as there are scores
        if words[:1] == ["x"] and len(self.given) >= 2:
            operand = self.given[0].name == "self"  # def mm(self, x)
            return [self.x] if name in ("x", "xs", "input", "inputs") and not operand else [self.other, self.x]
        if not words and only_asked(code, p.name):
            return ["=True", "=False"]
        return []

    def joins(self, p: Parameter) -> bool:
        """Whether an argument of a layer says which rows are beside which."""
        rows = re.fullmatch(r"\(N,\w\)", self.scene.roles.get("x", "")) is not None
        named = p.name != "a" and matches(self.conventions.GRAPH, normal(p.name))
        return rows and named and bool(self.code.constructor)

    def further(self, p: Parameter, words: list[str]) -> list[str]:
        """What the scene has for a further argument, and what it may be as a target."""
        code, scene, conventions, name = self.code, self.scene, self.conventions, normal(p.name)
        target, several = matches(conventions.TARGET, name), len(self.given) > 2
        found = [scene.roles[w] for w in words if w in scene.roles]
        if words[:1] in (["gamma"], ["beta"]) and "W" in self.taken and "b" in scene.roles:
            found = [scene.roles["b"], *found]  # of what the weights make, and not of what they take
        if found[:1] == ["fn:rng"] and re.search(OLDER.format(p.name), code.source.text):
            found = ["fn:older_rng"]
        known = [*map("={!r}".format, compared(code, p.name)[:2])]  # if option == "max"
        found = known if known and words[:1] == ["mode"] and found[0] not in known else found or known
        if "activation" in words:
            found = ["='sigmoid'", "='relu'", "fn:tanh"]
        if found == ["=-1"] and words[:1] == ["axis"]:
            found.append("=1")  # where one is put in before the last
        if "mask" in words and self.specs[:1] and self.specs[0][0].startswith("("):
            found.append(f"bin{self.specs[0][0]}")  # of every entry
        if target or not found:
            found = [*self.of_outputs(), self.other, *found]
        if several and between(code, p.name):  # a prediction among a cost's arguments
            found = [f"u{s}" if s[0] == "(" else s for s in found]
        beside = len(self.given) == 2 or normal(self.given[0].name) == "a"
        if beside and code.style == "class" and words[:1] == ["b"]:
            found = [self.other, *found]
        if (
            (several or (code.style == "fused" and code.front))
            and not self.weights
            and not scene.name.endswith("a class each")
            and not ("word" in words and "word" in scene.roles)
            and (target or (code.style == "fused" and name == "y"))
        ):
            hot = "1hot'(M,N)" if self.x.endswith(",N)") else "1hot(N,M)"
            found = [*["lab(N)<M"] * (p.name != "Y"), hot, *found]  # a matrix has a capital
        if code.style == "class" and several and p is self.given[-1] and chooses(code, p.name):
            found = ["bin(N)", *found]
        weighs = any(picks(code, q.name) for q in self.given[:-1]) and p is self.given[-1]  # of each that is picked
        if several and self.specs and self.specs[0][0] == "(N,D)" and (weighs or spread(code, p.name)):
            found = ["(N)", *found]
        if p.annotation == LEARNT or (found[0][0] == "=" and among(code.returns, p.name, conventions)):
            alike = scene.roles.get("other", self.specs[0][0] if self.specs else "()")
            each = [f"u({alike[-2]})"] if words[:1] == ["alpha"] and re.fullmatch(r"\(N,\w\)", alike) else []
            return ["()", *(s for s in found if s[0] not in "=#"), *each, alike]  # a slope for each column
        if code.style == "fused" and among(code.returns, p.name, conventions):  # no target: it has a gradient
            found = [s for s in found if not re.match(r"(p|bin|pm|1hot|lab)'?\(", s)] or [self.x]
        return found

    def of_outputs(self) -> list[str]:
        """Targets as wide as a network's own outputs."""
        code, scene = self.code, self.scene
        wide = any("n_out" in roles(q.name, self.conventions) for q in code.constructor)
        if not wide and not any(entries(code, q.name, scene, self.conventions) for q in self.given):
            return []
        hot, axis = {"(N,D)": ("1hot(N,M)", "-?1"), "(D,N)": ("1hot'(M,N)", "0")}.get(self.x, ("", ""))
        shared = hot and code.style == "class" and re.search(EXPONENTIALS.format(axis), code.source.text)
        return [*[hot] * bool(shared), self.x.replace("D", "M")]


def of_a_layer(name: str, given: list[str], scene: Any) -> str:
    """The shape of W2 among W1, b1, W2, b2, W3, b3, where there are three or more; else none."""
    told = re.fullmatch(r"([wb])(\d)", normal(name))
    numbers = [int(m[1]) for m in (re.fullmatch(r"w(\d)", normal(n)) for n in given) if m]
    if not told or len(numbers) not in (3, 4) or sorted(numbers) != list(range(1, len(numbers) + 1)):
        return ""
    widths, k, letter = ["D", *"HTX"[: len(numbers) - 1], "M"], int(told[2]), {"w": "W"}.get(told[1], "b")
    if "W3" in scene.roles:
        return str(scene.roles.get(f"{letter}{k}", ""))  # as the file makes it
    like = scene.roles.get(f"{letter}1", "")
    if not 1 <= k < len(widths) or re.sub("[DH]", "", scene.roles.get("W1", "-")) != "(,)":
        return ""
    return re.sub("[DH]", lambda m: widths[k - (m[0] == "D")], like)


def told_apart(specs: list[list[str]]) -> list[list[str]]:
    """The same with another number for each share of one: what a cost is given as lambda is not its beta."""
    seen: set[str] = set()
    for ways in specs:
        free = [s for s in SHARES if s not in seen]
        ways[:] = [free[0] if s in seen and s in SHARES and free else s for s in ways]
        seen |= {*ways}
    return specs


def weighs_a_term(name: str, conventions: Any) -> bool:
    """Whether a name that is elsewhere a state's or a number of channels weighs a term of a cost: C."""
    return role(name, conventions) in ("h", "channels") and "alpha" in roles(name, conventions)


def one_of_many(code: Code, conventions: Any) -> str:
    """The argument that says which of the scores is meant, ``p[target]``, beside how many classes there are."""
    given = data_arguments(code) if code.style != "class" else []
    counted = any(roles(p.name, conventions)[:1] == ["n_out"] for p in given[2:])
    names = (p.name for p in given[1:] if re.search(rf"\w\[{re.escape(p.name)}\]", code.source.text))
    return next(names, "") if counted else ""


HINGED = r"\b1(?:\.0*)? *- *{0} *\*(?!\*)"  # 1 - y * score: signs
SHARES = ("=0.3", "=0.42", "=0.86", "=0.17", "=0.64")  # none is one less another


def data_arguments(code: Code) -> list[Parameter]:
    found = list(required(code.forward_args))
    if not found:  # forward(x=None): the first one is data all the same
        plain = (p for p in code.forward_args if p.kind == p.POSITIONAL_OR_KEYWORD)
        found = [p for p in plain if not isinstance(p.default, bool)][:1]
        found = found or [p for p in code.forward_args if p.kind == p.VAR_POSITIONAL]
    if found and normal(found[0].name) in ("ctx", "context", "self") and code.style == "class":
        words = found[0].name == "context" and not re.search(r"\bcontext(\.\w+ *=|\.save|\[['\"])", code.source.text)
        found = found[not words :]  # of a word, where nothing is noted in it
    return found


def weights_alone(code: Code, conventions: Any) -> tuple[str, ...]:
    """The weights of a cost over data and targets, cost(w, X, y) in any order, whose gradient alone is given.

    Where two gradients come back, of cost(X, y, m, b), they are the ones that have these names.
    """
    if (model := modelled(code, conventions)) is not None and model.targets:
        return model.learnt
    every = [p.name for p in data_arguments(code)]
    given = [n for n in every if not matches(conventions.EACH, normal(n))]
    known = {n: "alpha" if weighs_a_term(n, conventions) else role(n, conventions) for n in given}
    if "gamma" not in known.values():  # beta alone is what a statistician calls his weights
        known = {n: "W" if r == "beta" else r for n, r in known.items()}
    fused = code.style == "fused"  # svm_loss(W, X, y, reg) may have a weight for each class
    names = [n for n, role in known.items() if fused or role != "alpha"]  # a penalty's weight is none of the three
    firsts = [known[n] for n in names]
    costs = code.local or fused  # whose Y has one row for each example
    targets = [n for n in given if targeted(n, conventions) and (n != "Y" or costs)]
    pair = len(code.returns) == 2 or (
        not any(code.returns) and given_each(method_of(code.source.text, code.names[1])) == 2
    )
    if len(given) == 4 and pair and len(targets) == 1:
        told = [n for n in given if n not in targets and among(code.returns, n, conventions)]
        named = any(matches(conventions.GRADIENT_WORD, r) for r in code.returns)  # not: return total / m, error / m
        learnt = tuple(told if named else [n for n in given if known[n] in ("W", "b")])
        first = given.index(targets[0]) - 1  # x, y, m, c and m, c, x, y
        if len(learnt) < 2 and first in (0, 2) and known[given[first]] == "x":
            learnt = tuple(n for k, n in enumerate(given) if k not in (first, first + 1))
        data = [n for n in given if n not in (*targets, *learnt)]
        return learnt if len(learnt) == 2 and [roles(n, conventions)[:1] for n in data] == [["x"]] else ()
    held = len(targets) or given != every  # cost(beta, X, time, event)
    whole = (firsts.count("W"), firsts.count("x"), held) == (1, 1, 1) and len(names) == 2 + len(targets)
    return (names[firsts.index("W")],) if whole and len(code.returns) < 2 else ()
