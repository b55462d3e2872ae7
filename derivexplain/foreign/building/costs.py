"""Costs: whether code is a loss, one of its own weights perhaps, and what its predictions and targets may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..text.code import Code, method_of
from ..text.gradients import among, in_order
from ..text.hints import text_of
from ..text.things import given_each, matches, normal, required, roles, targeted
from ..text.uses import clips, divides, picks
from .feeding import data_arguments


def regression(code: Code, conventions: Any) -> bool:
    """Whether a class fits its own weights: loss(X, y), and gradient(X, y) of the same, for what it has learned.

    Or one method gives both: ``loss, grads = network.loss(X, y)``.
    """
    taken = [p.name for p in data_arguments(code)]
    if code.style == "fused" and code.front:
        given = any(among(code.returns, n, conventions) for n in taken)
        return not given and (OWN.search(code.source.text) is not None or boxed(code.source.text))
    slope = code.local or "grad" in normal(code.back)  # compute_gradients(X, y)
    same = code.style == "class" and slope and taken == [p.name for p in required(code.backward_args)]
    weighed = len(taken) == 3 and picks(code, taken[1])  # loss(states, actions, returns)
    if not same or not (len(taken) == 2 or weighed) or among(code.returns, taken[0], conventions):
        return False
    told = targeted(taken[1], conventions) or weighed
    learns = re.search(rf"self\.(?!{CURVED})({conventions.LEARNED})\b", code.source.text.lower()) is not None
    return told and learns and (weighed or roles(taken[0], conventions)[:1] == ["x"])


def boxed(text: str) -> bool:
    """Whether arrays are read from a dict that the instance has made: ``self.p = {}``, ``self.p["W1"]``."""
    read = set(re.findall(r"\bself\.(\w+)\[", text))
    return any(re.search(rf"\bself\.{name} *(:[^=\n]+)?= *(\{{\s*['\"}}]|dict\()", text) for name in read)


OWN = re.compile(  # what an instance keeps, as a factor of a product
    r"\bself\.params\b|@ *self\.\w+|\b(dot|matmul)\([^()]*self\.\w+|\bself\.\w+(\.T)? *(@|\.dot\()"
)


CURVED = (
    r"(alphas?|scales?|gammas?|kernels?|k|g|slopes?|shift)\b"  # how wide or high a function of two is: no weights
)


OF_SHARES = r"entrop[yi]|nll|likelihood|^bce|^c?ce|^kl(?!vae)|kldiv|divergenc[ei]|kullback|focal"  # sums to one
OF_PARTS = "dice|jaccard|tversky|iou|brier"  # likewise between 0 and 1
MARGIN = r"hinge|svm|expon|margin"
FLAT = r"([\w.]*\.)?(list|sequence|iterable)\[ *(float|int|number)\b"


def takes_logarithms(code: Code, title: str) -> bool:
    """Whether predictions have to be between 0 and 1: of a difference's length, or a margin, they need not."""
    named = re.search(f"{OF_SHARES}|{OF_PARTS}", title) is not None
    return named or re.search(LOGARITHM, code.source.text) is not None


LOGARITHM = r"\blog(2|10)?\((?! *(np\.|math\.)?(cosh|1(\.0*)? *\+))|\bln\("


def logged(code: Code) -> list[bool]:
    """Of which arguments a cost takes the logarithm of what is left to one: ``(1 - y) * log(1 - rho)``."""
    names = [re.escape(p.name) for p in data_arguments(code)]
    return [re.search(rf"\blog(2|10)?\(1(\.0*)? *- *{n}\b", code.source.text) is not None for n in names]


def totals(code: Code) -> tuple[Callable[..., Any], ...]:
    """What the losses of the examples are put together by: what a base class says, or else either."""
    for f in code.functions if code.style == "class" else ():
        called = f.__code__.co_names if f.__name__ not in (code.front, code.back) else ()
        if code.front in called and {"mean", "sum"} & {*called}:
            return (np.mean,) if "mean" in called else (np.sum,)
    return np.mean, np.sum


def is_loss(code: Code, conventions: Any) -> bool:
    """Whether the names say so, or a backward that wants nothing, not even an upstream gradient."""
    arguments = data_arguments(code)
    names = [normal(p.name) for p in arguments]
    words = (normal(code.name), *(normal(base) for base in code.bases))
    named = any(w in n for w in conventions.LOSS for n in words)
    fitted = "y" in names and any(matches(conventions.FITTED, n) for n in names)
    sure = named and (fitted or ("y" in names and any(matches(conventions.SCORES, n) for n in names)))
    if len(arguments) != 2 or (not sure and in_order([p.name for p in arguments], code.returns, conventions)):
        return False  # return da, db: none of them is a target
    if regression(code, conventions):
        return False
    if code.style != "fused" and given_each(method_of(code.source.text, code.names[1])) == len(arguments):
        return False
    targets = [matches(conventions.TARGET, normal(p.name)) for p in arguments]
    unnamed = not any(re.match("d|grad|None", normal(n)) for n in code.returns)
    both = len(code.returns) == 2 and (code.style == "fused" or unnamed)
    if both and not any(targets):
        return False  # return ds @ b, ds.T @ a; return -m, m; return loss, -d, d
    state = roles(arguments[1].name, conventions)[:1] == ["h"]  # a step of a recurrent layer, whatever backward has
    alone = code.style == "class" and not required(code.backward_args) and not state
    return named or any(targets) or alone or fitted


def columns_read(code: Code) -> int:
    """How wide predictions and targets are of which a cost reads columns by their numbers alone: ``pred[:, 1]``."""
    front = method_of(code.source.text, code.names[0])
    names = {p.name for p in data_arguments(code)}
    nodes = list(ast.walk(front)) if front else []
    cut = [n for n in nodes if isinstance(n, ast.Subscript) and getattr(n.value, "id", "") in names]
    read = [getattr(n.slice.elts[-1], "value", None) if isinstance(n.slice, ast.Tuple) else None for n in cut]
    whole = [n for n in nodes if isinstance(n, ast.Name) and n.id in names and n not in [c.value for c in cut]]
    counted = [n.args[0] for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "len" and n.args]
    known = {k for k in read if type(k) is int}
    every = len(known) > 1 and known == {*range(len(known))} and None not in read
    return len(known) if every and all(n in counted for n in whole) else 0


def entry_by_entry(text: str) -> bool:
    """Whether code goes through two lists at once, ``for p, t in zip(ps, ts)``, and knows no NumPy."""
    zipped = re.search(r"\bfor \w+, *\w+ in zip\(", text) is not None
    return zipped and re.search(r"\b(np|numpy)\.", text) is None


def crossed(code: Code) -> bool:
    """Whether a cost is a product with examples within, ``np.dot(np.log(p.T), y)``: of a column each."""
    names = "|".join(re.escape(p.name) for p in data_arguments(code))
    return re.search(rf"\bdot\([^,=]*\b({names})\.T\b[^,=]*, *(1 *- *)?({names})\b", code.source.text) is not None


def loss_specs(code: Code, conventions: Any) -> Iterator[tuple[tuple[str, str], int]]:
    """Predictions and targets of a loss, and which of both comes first."""
    names = [normal(p.name) for p in data_arguments(code)]
    target = [matches(conventions.TARGET, n) for n in names]
    sure = [matches(conventions.FITTED, n) for n in names]
    orders = [0, 1]
    if "y" in names and sum(sure) == 1 and (code.style == "fused" or sure[0]):
        orders = [sure.index(True)]  # of y and what a model says of it: a wrong sign is no other order
    elif target == [True, False] and matches(conventions.PREDICTION, names[1]):
        orders = [1]  # the names say which is the target: a wrong sign is not to be read as the other order
    elif target == [True, False] or (
        matches(r"y|t", names[0]) and matches(r"ypred|yhat|pred.*|out.*|a|al|p", names[1])
    ):
        orders = [1, 0]
    elif target == [False, True]:
        orders = [0]
    elif [matches(conventions.PREDICTION, n) for n in names] == [False, True] or logged(code) == [False, True]:
        orders = [1, 0]
    title = normal(code.name)
    kinds_first = list(conventions.PREDICTIONS)
    if (
        any(matches(r"probs?|probabilit.*", n) for n in names)
        or (any(matches(r"p|yhat|al", n) for n in names) and takes_logarithms(code, title))  # else any numbers
        or (re.search("binary|bce", title) and not any("logit" in n for n in (title, *names)))
        or any(clips(code, p.name) for p in data_arguments(code))
    ):  # given as probabilities
        kinds_first.sort(key=lambda k: (not k.startswith(("u(N,D", "p(N,D")), k[0] not in "up"))
    elif re.search(OF_SHARES, title) and not re.search("soft|logit|with|sigmoid", title):
        kinds_first.sort(key=lambda k: (not k.startswith("p(N,D"), k[0] not in "up"))
    several = re.search(r"\.ndim\b|len\(\w+\.shape\)|\[(np\.)?a?range\(", code.source.text)  # rows as well
    if not several and any(matches(r"\w*(idx|index)", n) for n in names):  # one example's class
        kinds_first.sort(key=lambda k: "lab()<D" not in conventions.TARGETS[k])
    if re.search(r"=\s*\w+\.shape\[1\]", code.source.text):  # columns are examples
        kinds_first.sort(key=lambda k: not k.endswith(",N)"))
    columns = rf"\b({'|'.join(p.name for p in data_arguments(code))})\.reshape\(-1, *1\)"
    if re.search(columns, code.source.text) or crossed(code):  # one output for each example
        kinds_first.sort(key=lambda k: not k.endswith("(N,1)"))
    if all(re.match(FLAT, text_of(p)) for p in data_arguments(code)) or entry_by_entry(code.source.text):
        kinds_first.sort(key=lambda k: not k.endswith(("(D)", "(N)")))
    a, b = (re.escape(p.name) for p in data_arguments(code))
    product = rf"(?<![\w.])(?:{a} *\* *{b}|{b} *\* *{a})\b(?! *\*)"  # of a score and its sign
    margin = re.search(MARGIN, title) and re.search(product, code.source.text)
    signed = margin and re.search(rf"\b1(\.0*)? *- *{product}", code.source.text)  # of 0 and 1 a lost sign hides
    for order in orders:
        for prediction in kinds_first:
            kinds = list(conventions.TARGETS[prediction])
            if (
                not any(w in title for w in conventions.LABELS)
                and prediction == "(N,D)"
                and ("mse" in title or "squ" in title or "mean" in title or "mae" in title)
            ):
                kinds.sort(key=lambda k: k != "(N,D)")
            if margin:
                kinds.sort(key=lambda k: not k.startswith("pm"))
                kinds = [k for k in kinds if not (signed and k.startswith(("1hot", "bin")))]
            signs = not any(divides(code, p.name) for p in data_arguments(code))  # 1/y is y for these
            for t in (k for k in kinds if signs or not k.startswith("pm")):
                yield ((prediction, t) if order == 0 else (t, prediction)), order
