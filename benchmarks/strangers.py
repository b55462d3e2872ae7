"""Strangers: right layers as different authors would write them, drawn at random, and what a check says of them.

    python benchmarks/strangers.py [COUNT] [SEED] [FOLDER]       40 files from seed 0 by default

Printed is what is not told right, and, of one-edit mutants of the same files that are wrong, what is told right, or
could not be set up. Operations are in ``tests/data/operations.txt``, each once; what an author calls all that, where
he keeps it and what he hands back is drawn. FOLDER keeps the files.
"""

from __future__ import annotations

import ast
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import derivexplain as dx  # noqa: E402
from derivexplain import conventions, foreign  # noqa: E402
from tests.checking import mutants  # noqa: E402

DATA = ROOT / "tests" / "data" / "operations.txt"
SLIPS = 2  # mutants of one file
Lines = list[str]

NAMES = {
    "x": "x X inputs inp A_prev input_data x_in data input u feat signal a_in h_in arr tensor features batch",
    "h": "h other h_prev y",
    "W": "W w weight weights kernel",
    "b": "b bias biases",
    "gamma": "gamma scale g_",
    "beta": "beta shift offset",
    "y": "out y Z output res z a",
    "g": "dout grad grad_output dy delta d_out upstream dL_dout dZ error gradient gout d sens incoming v top e upper",
    "t": "t y_true target targets y labels_onehot",
    "p": "p y_pred y_hat pred probs",
    "labels": "labels y targets label",
    "idx": "idx ids x tokens indices",
}
SIZES = {
    "n_in": "n_in in_features input_size in_dim",
    "n_out": "n_out out_features output_size out_dim",
    "n_hidden": "hidden_size n_hidden",
    "c_in": "in_channels",
    "c_out": "out_channels",
    "k": "kernel_size",
    "vocab": "vocab_size",
}
GRADIENTS = ["d{}", "grad_{}", "{}_grad", "d_{}", "g{}", "dL_d{}", "{}_bar", "delta_{}", "del_{}", "D{}"]
METHODS = [
    "forward backward",
    "forward backward",
    "forward_pass backward_pass",
    "forward_prop backward_prop",
    "forward_propagation backward_propagation",
    "fprop bprop",
    "__call__ backward",
]
PAIRS = ["{}_forward {}_backward", "{}_fwd {}_bwd", "forward_{} backward_{}", "{} {}_backward", "{} {}_vjp"]
SLOPES = ["{} {}_prime", "{} d_{}", "{} {}_derivative", "{} {}_grad", "{} {}_deriv", "{} grad_{}"]


@dataclass(frozen=True)
class Operation:
    """Lines of forward and backward, and what there is in them."""

    names: Lines
    inputs: Lines
    weights: Lines
    settings: Lines  # eps=1e-5
    sizes: dict[str, str]  # of weights that a constructor makes
    forward: str
    keep: str
    backward: str
    loss: bool

    @classmethod
    def read(cls, text: str) -> Operation:
        found = dict(re.findall(r"^(\w+): ?(.*(?:\n  .*)*)", text, re.M))
        body = {n: re.sub(r"^  ", "", found[n], flags=re.M).strip("\n") for n in ("forward", "backward")}
        sizes = dict(s.split("=") for s in found.get("sizes", "").split(";") if s)
        settings = [s for s in found.get("settings", "").split(";") if s]
        inputs, weights = found.get("inputs", "x").split(), found.get("weights", "").split()
        lossy = found.get("loss") == "yes"
        return cls(found["name"].split(), inputs, weights, settings, sizes, keep=found["keep"], loss=lossy, **body)


class Author:
    """One way to write an operation down: names for all of it, and one of the ways to say the same."""

    def __init__(self, operation: Operation, rng: random.Random) -> None:
        self.of, self.rng = operation, rng
        self.keep = self.said(operation.keep).split()
        both = [*operation.inputs, *operation.weights]
        text = operation.forward + operation.backward
        used = {*re.findall(r"[A-Za-z_]\w*", text), *(s.partition("=")[0] for s in operation.settings)}
        self.names: dict[str, str] = {}
        for n in (*both, "y", "g"):
            free = [c for c in NAMES.get(n, n).split() if c == n or c not in used | {*self.names.values()}]
            self.names[n] = rng.choice(free or [n])
        form = rng.choice(GRADIENTS)
        self.gradients = {f"d{n}": form.format(self.names[n]) for n in both}
        if {*self.gradients.values()} & ({*self.names.values()} | used - {*self.gradients}):
            self.gradients = {f"d{n}": f"grad_wrt_{self.names[n]}" for n in both}
        owed = [d for d in self.gradients if re.search(rf"\b{d}\b", operation.backward)]
        self.learnt = {d: self.gradients[d] for d in owed if d[1:] in operation.weights}
        self.given = {d: self.gradients[d] for d in owed if d not in self.learnt}
        self.name = rng.choice(operation.names)

    def said(self, text: str) -> str:
        """One of each «a|b»; [x s] before one of them goes with what is kept."""

        def one(m: re.Match[str]) -> str:
            ways = [re.match(r"(?:\[([\w ]+)\])?(.*)", w) for w in m[1].split("|")]
            fit = [w[2] for w in ways if w and (w[1] is None or w[1].split() == self.keep)]
            return self.rng.choice(fit)

        return re.sub(r"«(.*?)»", one, text)

    def lines(self, text: str, held: dict[str, str] | None = None) -> Lines:
        """The text in this author's names; what is `held` by those under which it is."""
        own = {**self.names, **self.gradients, **(held or {})}
        return re.sub(r"(?<![\w.'])[A-Za-z_]\w*\b(?!')", lambda m: own.get(m[0], m[0]), self.said(text)).split("\n")

    def called(self, names: Lines) -> Lines:
        return [self.names.get(n, n) for n in names]

    def options(self) -> Lines:
        return [s.partition("=")[0] for s in self.of.settings]

    def class_name(self) -> str:
        return "".join(w.capitalize() for w in self.name.split("_"))


def function(head: str, body: Lines, *more: str) -> Lines:
    return [f"def {head}:", *("    " + line for line in (*body, *more))]


def row(names: Lines) -> str:
    return ", ".join(names)


def constructor(a: Author, stepped: str = "") -> tuple[Lines, dict[str, str]]:
    """What makes or takes the weights and keeps them; under which names they are held."""
    own = dict(zip(a.of.weights, a.called(a.of.weights)))
    boxed = bool(own) and not stepped and a.rng.random() < 0.2
    held = {w: f"self.params['{n}']" if boxed else f"self.{n}" for w, n in own.items()}
    body = ["self.params = {}"] * boxed
    if stepped or not a.of.sizes or a.rng.random() < 0.6:
        asked = [*own.values()]
        body += [f"{held[w]} = {n}" for w, n in own.items()]
    else:
        words = {n: a.rng.choice(SIZES[n].split()) for n in SIZES}
        used = dict.fromkeys(re.findall(r"[a-z]\w*", row([*a.of.sizes.values()])))
        asked = [words[n] for n in used]
        for w, size in a.of.sizes.items():
            shape = re.sub(r"[a-z]\w*", lambda m: words[m[0]], size)
            begins = f"np.zeros({shape})" if w in ("b", "beta", "bt", "bc") else f"np.random.standard_normal({shape})"
            body += [f"{held[w]} = {begins}"]
    asked += a.of.settings + [f"{stepped}=0.01"] * bool(stepped)
    body += [f"self.{k} = {k}" for k in (*a.options(), *[stepped] * bool(stepped))]
    held |= {k: f"self.{k}" for k in a.options()}
    return function(f"__init__({row(['self', *asked])})", body) if body else [], held


def in_class(a: Author) -> Lines:
    """A class that keeps what it needs as attributes, in a tuple or in a dict, and its gradients likewise."""
    init, held = constructor(a)
    front, back = a.rng.choice(METHODS).split()
    kept = a.called(a.keep)
    way = a.rng.choice(("attributes", "attributes", "tuple", "dict"))
    keeping, reading = [f"self.{n} = {n}" for n in kept], Lines()
    local = {k: f"self.{n}" for k, n in zip(a.keep, kept)}
    if way == "tuple":
        keeping, reading, local = [f"self.cache = {row(kept)}"], [f"{row(kept)} = self.cache"], {}
    elif way == "dict":
        keeping = [f"self.cache = {{{row([f'{n!r}: {n}' for n in kept])}}}"]
        reading, local = [f"{n} = self.cache[{n!r}]" for n in kept], {}
    asked = Lines() if a.of.loss and a.rng.random() < 0.7 else [a.names["g"] + "=1" * a.of.loss]
    given = [f"{d} * {a.names['g']}" if a.of.loss and asked else d for d in a.given.values()]
    left = a.rng.choice(("attributes", "dict", "list", "returned"))
    leaving = [f"self.{d} = {d}" for d in a.learnt.values()]
    if left == "dict":
        leaving = ["self.grads = {}", *(f"self.grads['{a.names[k[1:]]}'] = {d}" for k, d in a.learnt.items())]
    elif left == "list":
        leaving = [f"self.grads = [{row([*a.learnt.values()])}]"]
    elif left == "returned":
        leaving, given = [], [*given, *a.learnt.values()]
    ends = [f"return {row(given)}"] * bool(given)
    forward = [*a.lines(a.of.forward, held), *keeping, f"return {a.names['y']}"]
    backward = [*reading, *a.lines(a.of.backward, {**held, **local}), *(leaving if a.learnt else []), *ends]
    methods = [*init, *function(f"{front}({row(['self', *a.called(a.of.inputs)])})", forward)]
    return [f"class {a.class_name()}:", *indented(methods + function(f"{back}({row(['self', *asked])})", backward))]


def stepping(a: Author) -> Lines:
    """A class whose backward moves its weights by itself, at a rate that it is given or keeps."""
    rate = a.rng.choice(("lr", "learning_rate", "eta", "step_size", "rate"))
    keeps = a.rng.random() < 0.3
    init, held = constructor(a, rate if keeps else rate[:0])
    front, back = a.rng.choice(METHODS).split()
    kept = a.called(a.keep)
    by = f"self.{rate}" if keeps else rate
    ways = ("{0} -= {1} * {2}", "{0} = {0} - {1} * {2}", "{0} += -{1} * {2}")
    steps = [a.rng.choice(ways).format(held[k[1:]], by, d) for k, d in a.learnt.items()]
    local = {k: f"self.{n}" for k, n in zip(a.keep, kept)}
    forward = [*a.lines(a.of.forward, held), *(f"self.{n} = {n}" for n in kept), f"return {a.names['y']}"]
    backward = [*a.lines(a.of.backward, {**held, **local}), *steps, f"return {row([*a.given.values()])}"]
    methods = [*init, *function(f"{front}({row(['self', *a.called(a.of.inputs)])})", forward)]
    asked = ["self", a.names["g"], *[rate] * (not keeps)]
    return [f"class {a.class_name()}:", *indented(methods + function(f"{back}({row(asked)})", backward))]


def in_pair(a: Author) -> Lines:
    """Two functions that hand on what backward needs, in a tuple or a dict."""
    front, back = a.rng.choice(PAIRS).replace("{}", a.name).split()
    cache = a.rng.choice(("cache", "saved", "ctx"))
    read = [k for k in a.options() if re.search(rf"\b{k}\b", a.of.backward)]
    kept = a.called([*dict.fromkeys((*a.keep, *a.of.weights, *read))])
    whole, reading = f"({row(kept)},)", [f"{row(kept)}, = {cache}"]
    if a.rng.random() < 0.3:
        whole = f"{{{row([f'{n!r}: {n}' for n in kept])}}}"
        reading = [f"{n} = {cache}[{n!r}]" for n in kept]
    asked = [*a.called([*a.of.inputs, *a.of.weights]), *a.of.settings]
    ends = f"return {row([*a.given.values(), *a.learnt.values()])}"
    forward = function(f"{front}({row(asked)})", a.lines(a.of.forward), f"return {a.names['y']}, {whole}")
    given = [*[a.names["g"]] * (not a.of.loss), cache]
    return forward + function(f"{back}({row(given)})", [*reading, *a.lines(a.of.backward), ends])


def static(a: Author) -> Lines:
    """A class of two functions that share a context."""
    read = [k for k in a.options() if re.search(rf"\b{k}\b", a.of.backward)]
    kept = a.called([*dict.fromkeys((*a.keep, *a.of.weights))])
    asked = ["ctx", *a.called([*a.of.inputs, *a.of.weights]), *a.of.settings]
    saving = [f"ctx.save_for_backward({row(kept)})", *(f"ctx.{k} = {k}" for k in read), f"return {a.names['y']}"]
    given = [d + f" * {a.names['g']}" * a.of.loss for d in (*a.given.values(), *a.learnt.values())]
    text = a.lines(a.of.backward, {k: f"ctx.{k}" for k in read})
    backward = [f"{row(kept)}, = ctx.saved_tensors", *text, f"return {row(given)}"]
    forward = function(f"forward({row(asked)})", [*a.lines(a.of.forward), *saving])
    both = ["@staticmethod", *forward, "@staticmethod", *function(f"backward(ctx, {a.names['g']})", backward)]
    return [f"class {a.class_name()}:", *indented(both)]


def at_once(a: Author) -> Lines:
    """A cost that gives its gradient too."""
    cost = a.names["y"] = a.rng.choice((a.names["y"], "loss"))
    asked = [*a.called(a.of.inputs), *a.of.settings]
    ends = f"return {row([cost, *a.given.values()])}"
    return function(f"{a.name}({row(asked)})", [*a.lines(a.of.forward), *a.lines(a.of.backward), ends])


def closing(a: Author) -> Lines:
    """A function that hands out its backward."""
    inner = a.rng.choice(("backward", "pullback", "vjp", "back"))
    asked = [*a.called([*a.of.inputs, *a.of.weights]), *a.of.settings]
    ends = f"return {row([*a.given.values(), *a.learnt.values()])}"
    within = function(f"{inner}({a.names['g']})", [*a.lines(a.of.backward), ends])
    return function(f"{a.name}({row(asked)})", [*a.lines(a.of.forward), *within], f"return {a.names['y']}, {inner}")


def sloped(a: Author) -> Lines:
    """A function of entries and its slope."""
    front, back = a.rng.choice(SLOPES).replace("{}", a.name).split()
    asked = [a.names["x"], *a.of.settings]
    bare = re.sub(r"\bg \* ", "", a.said(a.of.backward)).replace("dx = ", "return ")
    again = a.lines(a.of.forward) if a.keep != ["x"] else []
    forward = function(f"{front}({row(asked)})", a.lines(a.of.forward), f"return {a.names['y']}")
    return forward + function(f"{back}({row(asked)})", [*again, *a.lines(bare)])


def indented(lines: Lines) -> Lines:
    return ["    " + line for line in lines]


def habits(of: Operation) -> list[Callable[[Author], Lines]]:
    """The ways in which an operation may be written down."""
    if of.loss:
        return [in_class, in_pair, at_once, at_once, static]
    ways = [in_class, in_class, in_pair, static, closing]
    ways += [stepping] * 2 * (bool(of.weights) and "dx" in of.backward and bool(of.sizes))
    alone = re.fullmatch(r"(d\w+ = [^\n]*\n)*dx = g \* [^\n]*", of.backward) and "«" not in of.backward
    return ways + [sloped] * 2 * bool(alone and of.inputs == ["x"] and not of.weights)


def written(operations: list[Operation], seed: int) -> str:
    """The text of one file."""
    rng = random.Random(seed)
    a = Author(rng.choice(operations), rng)
    return "\n".join(["import numpy as np", "", "", *rng.choice(habits(a.of))(a), ""])


def slipped(path: Path, rng: random.Random) -> Iterator[str]:
    """The text of the file with one edit that makes it wrong, again and again."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    every = list[tuple[int, str]]()
    for _, thing, _, edited, wrong in mutants.all_mutants(str(path)):
        if rng.random() < 0.3 and wrong():
            every.append((mutants.backward_of(thing).__code__.co_firstlineno, edited))
    for line, edited in rng.sample(every, min(SLIPS, len(every))):
        whole = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
        node = next((n for n in whole if min(d.lineno for d in (*n.decorator_list, n)) == line), None)
        if node is not None:
            body = [" " * node.col_offset + part for part in edited.split("\n")]
            yield "\n".join([*lines[: line - 1], *body, *lines[node.end_lineno :]])


def outcomes(paths: list[Path]) -> Iterator[tuple[Path, str, bool]]:
    """What is told of each file's layers; whether a reason is given."""
    for path in paths:
        found = foreign.find(str(path), conventions)[0]
        for report in dx.check_many([f"{path}:{name}" for name, _ in found]) if found else ():
            told = any(f.diagnosis or "should read" in f.message for f in report.findings if f.status == "fail")
            yield path, report.outcome, told
        if not found:
            yield path, "no layer", False


def main(count: int = 40, seed: int = 0, folder: str = "") -> None:
    operations = [Operation.read(t) for t in DATA.read_text(encoding="utf-8").split("---\n")]
    place = Path(folder or tempfile.mkdtemp(prefix="strangers-"))
    place.mkdir(parents=True, exist_ok=True)
    right, wrong = list[Path](), list[Path]()
    for k in range(seed, seed + count):
        right.append(place / f"s{k}.py")
        right[-1].write_text(written(operations, k), encoding="utf-8")
    for path, outcome, _ in (told := [*outcomes(right)]):
        if outcome != "correct":
            print(f"{path}: {outcome}")
    print(f"{count} right files: {dict(Counter(outcome for _, outcome, _ in told))}")
    for path in right:
        try:
            texts = [*slipped(path, random.Random(seed))]
        except (AttributeError, LookupError, TypeError):  # no function that stands by itself: a closure, a partial
            continue
        for k, text in enumerate(texts):
            wrong.append(path.with_stem(f"{path.stem}_{k}"))
            wrong[-1].write_text(text, encoding="utf-8")
    for path, outcome, _ in (told := [*outcomes(wrong)]):
        if outcome in ("correct", "hazards", "not-set-up", "no layer"):
            print(f"{path}: {outcome}")
    reasons = sum(reason for _, _, reason in told)
    print(f"{len(wrong)} wrong ones: {dict(Counter(outcome for _, outcome, _ in told))}, {reasons} with a reason")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:4])
