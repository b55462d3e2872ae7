"""Feeding: what to give forward, by the names of its arguments and a scene's shapes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from ..text.boxes import ARRAYS, entries
from ..text.code import Code, method_of
from ..text.gradients import among
from ..text.things import Parameter, given_each, matches, normal, required, role, roles, targeted
from ..text.uses import between, chooses, compared, numbers_of, only_asked, spread, takes_rows, unrolls

SCALARS = (
    "n_in",
    "n_out",
    "n_hidden",
    "channels",
    "filters",
    "kernel",
    "pool",
    "pool_side",
    "kernel_side",
    "stride",
    "pad",
    "ratio",
    "alpha",
    "eps",
    "momentum",
    "rate",
    "vocab",
    "shape",
    "axis",
    "train",
    "predict",
    "mode",
    "pool_mode",
    "std",
    "none",
    "activation",
    "name",
    "heads",
    "groups",
    "mask",
    "batch",
    "optimizer",
    "rng",
    "bits",
    "sizes",
    "rows",
    "words",
)
OLDER = r"\b{}\.(rand|randn|random_sample|randint)\("  # what a generator of the older kind is asked
EXPONENTIALS = r"softmax\(|np\.exp\([^\0]*\bsum\(axis=-?1, keepdims=True\)"  # whose targets sum to one
LEARNT = "a number with a gradient of its own"  # for an annotation


def leanings(code: Code, conventions: Any) -> tuple[str, ...]:
    """The roles that come first in code of this name: p of a dropout is no padding."""
    return next((roles for pattern, roles in conventions.LEANINGS if re.search(pattern, normal(code.name))), ())


def forward_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give forward in this scene."""
    wanted = data_arguments(code)
    first = True
    specs: list[list[str]] = []
    weights = weights_alone(code, conventions)
    count = 3 if {normal(p.name)[:1] for p in wanted[:3]} == {"q", "k", "v"} else 2
    if count == 3 or [normal(p.name) for p in wanted] in (["q", "k"], ["query", "key"], ["queries", "keys"]):
        rest = [
            [scene.roles[r] for r in roles(p.name, conventions) if r in SCALARS and r in scene.roles]
            for p in wanted[count:]
        ]
        for more in itertools.islice(itertools.product(*rest), 6):
            yield (scene.roles.get("q", "(N,D)"),) * count + more
        return
    taken: set[str] = set()
    x_rows = re.fullmatch(r"\(N,\w\)", scene.roles.get("x", "")) is not None
    for p in wanted:
        if boxes := entries(code, p.name, scene, conventions):
            specs.append(boxes)
            first = False
            continue
        if code.local and code.style == "pair" and not first and (read := numbers_of(code, p.name)):
            specs.append([f"of:{','.join(read)}"])
            continue
        if first and len(weights) == 1 and targeted(p.name, conventions):
            specs.append([scene.roles.get("other", "(N,D)")])  # compute_loss(y, tx, w)
            continue
        words = sorted(roles(p.name, conventions), key=lambda r: first or r not in leanings(code, conventions))
        words = ["unrolled"] if unrolls(code, p.name) else words
        if code.style == "fused" and words[:1] == ["beta"] and "gamma" not in taken:
            words = ["alpha"]  # how much a further term of a cost counts
        if "name" in words and (known := compared(code, p.name)):  # activation(name, x): if name == "relu"
            specs.append([*map("={!r}".format, known[:2])])
            continue
        if p.name in weights:
            words = ["Wb"[weights.index(p.name)]]  # a slope for each column, and where it starts
        plain = [w for w in words if w not in SCALARS or w in ("train", "predict", "mode")]
        words = words if not plain or plain[0] in taken else plain  # G beside gamma is a number of groups
        if words is not plain:
            words = sorted(words, key=lambda w: w not in SCALARS)
        taken.update({*words[:1]} & {*ARRAYS})
        if scene.roles.get("idx", "").startswith(("idx(N)", "lab()")) and takes_rows(code, p.name):
            specs.append([scene.roles["idx"]])
            first = False
            continue
        if words[:1] == ["b"] and any(roles(q.name, conventions)[:1] == ["gamma"] for q in wanted):
            words = ["beta", *words]  # what shifts beside what scales
        if not first and "h" in words:
            words.sort(key=lambda w: w != "h")
        if code.style != "class" and words and words[0] in (*ARRAYS, "h"):
            first = False
        if first and (
            not words
            or words[0] not in ("h", "train", "idx", "q", "unrolled", *(("W", "b") if len(wanted) > 2 else ()))
        ):
            x = scene.roles.get("x", "(N,D)")
            specs.append([f"u{x}" if x.startswith("(") and between(code, p.name) else x])
            first = False
            continue
        first = False
        if x_rows and code.constructor and p.name != "a" and matches(conventions.GRAPH, normal(p.name)):
            specs.append(["graph(N,N)", scene.roles.get("other", "(N,D)")])
            continue
        if re.search(rf"\brange\({re.escape(p.name)}\)", code.source.text):  # how many there are, not what
            specs.append([scene.roles["batch"]])
            continue
        if words[:1] == ["x"] and len(wanted) >= 2:
            x = scene.roles.get("x", "(N,D)")
            other = scene.roles.get("other", x)
            specs.append([x] if normal(p.name) in ("x", "xs", "input", "inputs") else list(dict.fromkeys([other, x])))
            continue
        found = [scene.roles[w] for w in words if w in scene.roles]
        if not words and only_asked(code, p.name):
            specs.append(["=True", "=False"])
            continue
        if found[:1] == ["fn:rng"] and re.search(OLDER.format(p.name), code.source.text):
            found = ["fn:older_rng"]
        found = found or [*map("={!r}".format, compared(code, p.name)[:2])]  # if option == "max"
        if "activation" in words:
            found = ["='sigmoid'", "='relu'", "fn:tanh"]
        if "mask" in words and specs[:1] and specs[0][0].startswith("("):
            found.append(f"bin{specs[0][0]}")  # of every entry
        if matches(conventions.TARGET, normal(p.name)) or not found:
            x = scene.roles.get("x", "(N,D)")
            outputs = any("n_out" in roles(q.name, conventions) for q in code.constructor)  # a network's own
            outputs |= any(entries(code, q.name, scene, conventions) for q in wanted)
            own = x == "(N,D)" and code.style == "class"
            hot = ["1hot(N,M)"] * (own and re.search(EXPONENTIALS, code.source.text) is not None)
            found = [*[*hot, x.replace("D", "M")] * outputs, scene.roles.get("other", x), *found]
        beside = len(wanted) == 2 or normal(wanted[0].name) == "a"
        if beside and code.style == "class" and words[:1] == ["b"]:
            found = [scene.roles.get("other", scene.roles.get("x", "(N,D)")), *found]
        if (
            (len(wanted) > 2 or (code.style == "fused" and code.front))
            and not weights
            and not scene.name.endswith("a class each")
            and not ("word" in words and "word" in scene.roles)
            and (matches(conventions.TARGET, normal(p.name)) or (code.style == "fused" and normal(p.name) == "y"))
        ):
            found = [*["lab(N)<M"] * (p.name != "Y"), "1hot(N,M)", *found]  # a matrix has a capital
        if code.style == "class" and len(wanted) > 2 and p is wanted[-1] and chooses(code, p.name):
            found = ["bin(N)", *found]
        if len(wanted) > 2 and specs and specs[0][0] == "(N,D)" and spread(code, p.name):
            found = ["(N)", *found]
        learnt = p.annotation == LEARNT or (found[0][0] == "=" and among(code.returns, p.name, conventions))
        if learnt:
            found = [
                "()",
                *(s for s in found if s[0] not in "=#"),
                scene.roles.get("other", specs[0][0] if specs else "()"),
            ]
        specs.append(list(dict.fromkeys(found))[:3])
    yield from itertools.islice(itertools.product(*specs), 6)


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
    known = {p.name: role(p.name, conventions) for p in data_arguments(code)}
    if "gamma" not in known.values():  # beta alone is what a statistician calls his weights
        known = {n: "W" if r == "beta" else r for n, r in known.items()}
    fused = code.style == "fused"  # svm_loss(W, X, y, reg) may have a weight for each class
    names = [n for n, role in known.items() if fused or role != "alpha"]  # a penalty's weight is none of the three
    firsts = [known[n] for n in names]
    targets = [n for n in names if targeted(n, conventions)]
    pair = len(code.returns) == 2 or (
        not any(code.returns) and given_each(method_of(code.source.text, code.names[1])) == 2
    )
    if len(names) == 4 and pair and len(targets) == 1:
        told = [n for n in names if n not in targets and among(code.returns, n, conventions)]
        learnt = tuple(told if any(code.returns) else [n for n in names if known[n] in ("W", "b")])
        data = [n for n in names if n not in (*targets, *learnt)]
        return learnt if len(learnt) == 2 and [roles(n, conventions)[:1] for n in data] == [["x"]] else ()
    whole = sorted((firsts.count("W"), firsts.count("x"), len(targets))) == [1, 1, 1]
    return (names[firsts.index("W")],) if len(names) == 3 and whole and len(code.returns) < 2 else ()
