"""Alone: what gives code away that is for one example at a time, where rows and columns of them do not run."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

import numpy as np

from .. import guards
from ..source import text_of
from ..subject import Subject


def wants_one(subject: Subject) -> bool:
    """Code for one example at a time gives itself away: outer products, an update of the bias."""
    text = subject.source.text
    if "implied" in subject.notes and (subject.scene == "a column" or weighs_one(subject)) and of_one(subject):
        return True
    moved = r"\bself\.(b(ias(es)?)?)\s*([-+]=|= *self\.\1 *[-+])"
    moves = "updates" in subject.notes or re.search(moved, text) is not None
    alone = (
        moves
        and subject.scene in ("a column", "a row", "a vector")
        and not re.search(r"\baxis *= *0\b|\.(sum|mean)\(0\b|\b(sum|mean)\(\w+, *axis *= *1, *keepdims", text)
    )
    if subject.scene == "a row" and re.search(
        r"\bself\.(\w+) *= *np\.zeros\(\(1, *\w+\)\)[^\0]*\bself\.\1 *= *\w+\s", text
    ):
        return True  # a place for one row is made, and forward puts its input there
    if subject.scene.startswith("a loss"):  # a column of its own, for one example's classes
        lone = r"zeros\(\([^()]*, *1\)\)|isinstance\(\w+, *\(?int\b|\bouter\("
        return whole_softmax(subject) or re.search(lone, text) is not None
    if subject.scene == "lists of numbers" and of_lists(text):
        return True
    turned = (
        r"outer\(|diagflat\(|atleast_2d\([\w.]+\)\.T|\[(np\.newaxis|None)\]\.T|reshape\((\w+)\.shape\[0\], *-1\)\.T"
    )
    return alone or slides(subject) or re.search(turned, text) is not None


def weighs_one(subject: Subject) -> bool:
    """Whether a vector meets weights as long as are built in, and no other matrix product is taken."""
    products = re.findall(r"@|\b(?:dot|matmul|outer)\(([^()]*)\)", subject.source.text)
    return subject.scene == "a vector, as its weights are" and all("self." in p for p in products)


def untold(subject: Subject) -> bool:
    """Whether weights are a vector where their gradient is made an outer product: of it a transpose tells nothing."""
    text = subject.source.text
    fewer = subject.scene.endswith(("one output", "a window on it"))
    fewer |= subject.scene.endswith("its neighbour") and not re.search(r"(?i)word|vec", text)
    return fewer and re.search(r"\bouter\(", text) is not None


def of_lists(text: str) -> bool:
    """Whether code makes lists entry by entry, and knows no arrays."""
    made = re.search(r"\[[^\]]*\bfor \w+[^\]]* in ", text) is not None
    return made and re.search(r"\b(np|numpy)\.|\.shape\b|\.T\b| @ ", text) is None


def of_one(subject: Subject) -> bool:
    """Whether a network's code takes no sum or mean, and asks for no length: it is given one example at a time.

    What it only writes down, ``self.errors.append(np.mean(e))``, says nothing.
    """
    text = re.sub(r"#.*|(?m:^ *(self\.\w+\.append|print)\(.*$)", "", subject.source.text)
    return re.search(OF_SEVERAL, text) is None


OF_SEVERAL = r"\bshape\[|\baxis\b|\.(sum|mean|average)\(|\blen\((x|y|X|Y)\)"  # how code speaks of examples


def whole_softmax(subject: Subject) -> bool:
    """Whether a loss of vectors divides exponentials by the sum of them all, and knows no axes."""
    if "axis" in subject.source.text:
        return False
    functions = guards.reachable(subject.functions)
    named = (f.__globals__.get(n) for f in functions for n in f.__code__.co_names)
    inner = [m for c in named if isinstance(c, type) for m in vars(c).values() if inspect.isfunction(m)]
    known = subject.source.text + "".join(map(text_of, (*functions, *inner)))
    divided = re.search(r"/ *(np\.sum\(\w+\)|(\w+|np\.exp\([^\n]*\))\.sum\(\))", known) is not None
    return divided and "exp(" in known and "axis" not in known


def one_vector(chosen: Subject, candidate: Subject) -> bool:
    """Whether a vector is meant where rows did not run, and columns only since the code asks for no shape."""
    text = re.sub(r"#.*", "", candidate.source.text)
    aware = ".shape" in text or "axis" in text
    return chosen.scene.startswith("columns") and candidate.scene == "a vector" and not aware


def wholly(subject: Subject) -> bool:
    """Whether the code knows no axes and sums whatever it is given: it is about one vector."""
    text = re.sub(r"#.*", "", subject.source.text)
    plain = re.search(r"\.sum\(\)|\bnp\.sum\([\w.]+(\([\w. -]*\))?\)", text) is not None
    turned = re.search(r"\.T\b|transpose|@|\bdot\(", text) is not None  # which one vector would hide
    whole = plain or (not turned and re.search(r"\bnp\.(sum|mean)\(", text) is not None)
    return whole and "axis" not in text and len(subject.arguments) == 1


def sums_all(subject: Subject) -> bool:
    """Whether code sums along the first axis here and over everything there, which are the same for one vector."""
    text = re.sub(r"#.*", "", subject.source.text)
    axes = {*re.findall(r"\baxis *= *([-\w]+)", text)}
    whole = re.search(r"\.sum\(\)|\bnp\.(sum|dot|inner)\([^=()]*\)", text) is not None
    return axes == {"0"} and whole and not re.search(r"keepdims|\.(shape|T)\b", text)


def flattened(subject: Subject) -> bool:
    """Whether a Jacobian is made of a column of all that is given, whatever its rows: ``s = x.reshape(-1, 1)``."""
    whole = r"\b(\w+) *= *\w+(\(\w+\))?\.(reshape\(\(?-1, *1\)?\)|flatten\(\)|ravel\(\))[^\0]*\bdiag(flat)?\(\1\)"
    return len(subject.arguments) == 1 and re.search(whole, subject.source.text) is not None


def inner(text: str, given: set[str]) -> bool:
    """Whether one example meets its weights entry by entry, and all of it is summed: ``np.sum(x * self.w) + b``."""
    one = two = r"((?:self\.)?\w+)"
    forms = (
        rf"\bmultiply\({one}, *{two}\)\.sum\(\)",
        rf"\bsum\({one} *\* *{two}\)",
        rf"\({one} *\* *{two}\)\.sum\(\)",
        rf"\bin zip\({one}, *{two}\)",  # for w, x in zip(self.weights, inputs)
    )
    pairs = [{*p} for form in forms for p in re.findall(form, text)]
    met = (p for p in pairs if len(p) == 2 and p & given and all(n in given or n.startswith("self.") for n in p))
    return "axis" not in text and any(met)


def of_a_number(subject: Subject) -> bool:
    """Whether a neuron has one input: weight and bias are plain numbers, and no sum over examples is taken."""
    text = subject.source.text
    plain = all(re.search(rf"\bself\.{n}\w* *= *-?[\d.]+\s", text) for n in "wb")
    return subject.scene == "a number" and plain and of_one(subject)


def stands_alone(chosen: Subject, candidate: Subject) -> bool:
    """Whether a try with one vector may stand for one whose backward stops, or for a sequence of columns."""
    if chosen.scene == "a sequence of columns":
        return True  # no plainer than a vector
    one = candidate.pointwise or wholly(candidate) or decides(candidate) or one_vector(chosen, candidate)
    return one or gathers(chosen, candidate)


def gathers(chosen: Subject, candidate: Subject) -> bool:
    """Whether one number comes of a vector, and its gradient, where every column of rows made a number of its own."""
    return len(chosen.arguments) == 1 and chosen.pointwise and not (candidate.pointwise or candidate.upstream)


def slides(subject: Subject) -> bool:
    """Whether a window goes along a vector, ``x[i : i + k]``."""
    moved = r"\[(\w+) *: *\1 *\+"
    return subject.scene.endswith("a window on it") and re.search(moved, subject.source.text) is not None


def decides(subject: Subject) -> bool:
    """Whether the code asks what one number is: ``if y * t < 1:``, ``return 1 if y > t else -1``."""
    condition = r"(?m)^[ \t]*(?:return [^\n]*)?\bif (?!.*(\.(any|all|shape|ndim|size)\b|\blen|\bis\b))[^\n]*[<>]"
    return not subject.upstream and re.search(condition, subject.source.text) is not None


def crossed(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a loss multiplies columns, ``y.T @ np.log(p)``, or rows, ``np.dot(Y, np.log(A).T)``.

    Of wider ones the product is a matrix, and no loss.
    """
    product = r"\.T *(@|\.dot\()|dot\( *\w+\.T\b|(@|dot\()[^@\n]*\.T\b"
    if not subject.scene.startswith("a loss") or re.search(product, subject.source.text) is None:
        return False
    instance, args = subject.sample(np.random.default_rng(0), sizes)
    return subject.scene.startswith("a loss, its") or any(np.ndim(o) == 2 for o in subject.forward(instance, args))
