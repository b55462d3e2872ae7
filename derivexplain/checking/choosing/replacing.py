"""Replacing: whether a better try may stand for a worse one, or is better only because slips cannot show there."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..parameters import prepare
from ..proving import SMALL
from ..subject import Subject, UserError, floats_within, reach
from ..subject import stands as there
from .alone import crossed, flattened, inner, of_a_number, of_one, stands_alone, sums_all, untold, wants_one
from .meant import bounded, takes_numbers
from .ranking import AGREES, FAILS, FITS, INFINITE, MISFIT, NO_BACKWARD, UNKEPT, VACUOUS, Attempt


def may_replace(
    level: float, chosen: Subject, candidate: Subject, sizes: Mapping[str, int], learnt: Callable[[], Any]
) -> bool:
    """Whether a better try may stand for a worse one: not where it is better only because slips cannot show there.

    A set-up with the right shapes gives way to another way of calling it, not to other shapes; and single
    rows, columns and numbers only stand where nothing wider ran, or where the code says that it wants one.
    `learnt` gives the paths of the chosen one's parameters.
    """
    if candidate.scene.endswith("as many out as in") or untold(candidate):
        return False  # which hides what is transposed
    if candidate.scene.startswith("a loss") and not chosen.scene.startswith("a loss") and level > INFINITE:
        return False  # no gradient would be owed for the second argument, where it runs as a layer of two
    if level in (FAILS + UNKEPT, NO_BACKWARD + UNKEPT) and few(candidate):
        return False
    pictures = chosen.scene.startswith("image") and "flatten" in chosen.name.lower()
    if level >= NO_BACKWARD and pictures and not candidate.scene.startswith("image"):
        return False  # rows are flat as they are
    words = numbered(candidate) or by_words(candidate)
    if level >= NO_BACKWARD and words and not (numbered(chosen) or takes_numbers(candidate)):
        return False  # word ids are no inputs of what takes any numbers: one row of them would hide its slips
    if by_words(chosen) and not numbered(candidate) and level < AGREES:
        return True  # what takes any numbers takes none that stand for words
    if "channels last" in candidate.scene and re.search(r"\bc\w*, *h\w*, *w\w*", candidate.source.text.lower()):
        return False  # the code says that channels come first
    if one_by_one(chosen, candidate):
        return True
    if level >= NO_BACKWARD and (
        (stands(candidate, sizes) and not stands(chosen, sizes)) or per_example(candidate, sizes)
    ):
        return False
    if MISFIT <= level < VACUOUS and deeper(candidate, chosen, sizes) and unsummed(chosen, sizes):
        return False
    if MISFIT <= level < FITS and candidate.scene.endswith("positive") and idles(candidate, sizes, learnt):
        return False  # of a parameter that only negative numbers move, no slip shows
    if MISFIT <= level < FITS and row_each(candidate, sizes) and not row_each(chosen, sizes):
        return False  # another shape for what is learnt, that hides a forgotten sum
    apart = level >= MISFIT and candidate.scene.endswith("shaped by forward")  # with an offset for each example
    if NO_BACKWARD <= level < FITS and mapped(chosen, sizes) and (apart or not flat(candidate, sizes)):
        return False
    if candidate.scene == "a sequence of columns" and (candidate.pointwise or level > NO_BACKWARD):
        return False  # a forgotten sum does not show along an axis of one, and a function of x has no steps
    if FITS <= level < AGREES and candidate.scene == "a vector" and (sums_all(candidate) or flattened(candidate)):
        return True
    if FITS <= level < AGREES and chosen.scene == "a square matrix" and candidate.scene.startswith("a vector"):
        return not candidate.upstream  # a cost of two vectors, a @ b, which made a matrix there
    weighed = not candidate.scene.startswith("a loss")  # which sums predictions times targets
    one = weighed and inner(candidate.source.text, {a.name for a in candidate.arguments}) or of_a_number(candidate)
    if candidate.narrow and (one or (level >= NO_BACKWARD and each_apart(chosen, candidate, sizes))):
        return True
    if level >= NO_BACKWARD and ", a number each" in candidate.scene and multiplied(candidate):
        return False  # of numbers no transpose is missed
    if candidate.narrow and not chosen.narrow and level > INFINITE:
        stops = level == NO_BACKWARD and stands_alone(chosen, candidate)
        stops |= chosen.scene == "a sequence of columns"  # which is no plainer, and does not fit
        bound = AGREES if candidate.scene.startswith("a loss") else FITS  # of a column of its own
        return level < bound and (wants_one(candidate) or stops)
    if candidate.narrow and chosen.narrow and not candidate.scene.startswith("a loss"):
        return level < AGREES  # a vector, a column and a row are as good as each other
    if level >= FITS and lone_unit(candidate, chosen, sizes):
        return False  # of one number no transpose is missed
    if level >= FITS and plainer(candidate, chosen, sizes, learnt):
        return False  # a plain number is not compared
    same = [a.name for a in candidate.arguments if a.owed] == [a.name for a in chosen.arguments if a.owed]
    if level >= FITS and same and tamer(candidate, chosen) and not bounded(chosen):
        return False  # what is wrong beyond a bound does not show between 0 and 1
    if (chosen.scene, candidate.scene) == ("images in grey", "one image, channels last"):
        return True  # three axes are the one or the other, and the numbers say which
    if level >= FITS and one_each(candidate) and not one_each(chosen):
        return level == FITS and crossed(chosen, sizes)  # N and the entries are as many there: no factor can show
    return level < FITS or candidate.scene.partition(",")[0] == chosen.scene.partition(",")[0]


def idles(candidate: Subject, sizes: Mapping[str, int], learnt: Callable[[], Any]) -> bool:
    """Whether forward does not depend on a parameter there on which it depends in the other try."""
    try:
        return not set(learnt()) <= set(prepare(candidate, sizes, 0)[1])
    except UserError:
        return False


def each_apart(chosen: Subject, candidate: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a cost of weights over data and a target says nothing of what several examples cost together."""
    several = len(candidate.arguments) > 2 and not candidate.upstream and of_one(candidate)
    summed = chosen.scene.endswith(("its mean", "its sum"))  # by us, where forward gives a number for each
    return several and (summed or any(math.prod(o) > 1 for o in shapes(chosen, sizes)[2]))


def multiplied(subject: Subject) -> bool:
    """Whether the code multiplies data by weights as matrices: ``X @ w``, ``np.dot(X, w)``."""
    data, weights = ("|".join(a.name for a in subject.arguments if a.owed is owed) for owed in (False, True))
    product = rf"\b({data})(\.dot\(| *@ *)({weights})\b|\b(dot|matmul)\(({data}), *({weights})\)"
    return bool(data and weights) and re.search(product, subject.source.text) is not None


def one_by_one(chosen: Subject, candidate: Subject) -> bool:
    """Whether word ids are a list: gone through one by one, ``for i, word in enumerate(ids)``, or in pairs.

    Of pairs, of a user and an item each, the product of two rows is summed along the axis behind theirs.
    """
    kinds = [{a.kind for a in s.arguments} for s in (chosen, candidate)]
    listed = kinds == [{"index"}, {"index"}] and candidate.scene == "one word id each" != chosen.scene
    paired = len(candidate.arguments) > 1 and re.search(r"\baxis *= *1\b", candidate.source.text) is not None
    return listed and (paired or re.search(r"\bfor \w+, *\w+ in enumerate\(", candidate.source.text) is not None)


def numbered(subject: Subject) -> bool:
    """Whether a try takes whole numbers that stand for words."""
    return any(a.kind == "index" for a in subject.arguments) or [a.kind for a in subject.arguments[:1]] == ["labels"]


def by_words(subject: Subject) -> bool:
    """Whether a try takes word ids where no name says so."""
    return subject.scene.startswith(("one word id", "a row of one word id")) and not takes_numbers(subject)


def stands(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether windows cannot slide along an axis of what comes in: there no slip in moving them shows."""
    if not re.search("image|signal|rows are examples", subject.scene):
        return False
    _, came, out = shapes(subject, sizes)
    pairs = zip(came[0], out[0]) if came and out and len(came[0]) == len(out[0]) else ()
    return any(o == 1 < c for c, o in pairs)


def deeper(candidate: Subject, chosen: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether more axes come in than rows of examples have."""
    (_, more, _), (_, few, _) = shapes(candidate, sizes), shapes(chosen, sizes)
    return len(more[:1]) == len(few[:1]) == 1 and len(more[0]) > len(few[0])


def one_step(chosen: Subject, candidate: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a try takes rows of examples, as a step of a recurrent layer does, and the chosen one has more axes."""
    if not candidate.scene.startswith("one step"):
        return False
    steps = chosen.scene.startswith("sequences") and deeper(chosen, candidate, sizes)
    return steps or chosen.scene.endswith("a weight for each pair")


def per_example(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a parameter has a row for every example, or is one image: a forgotten sum over rows cannot show."""
    own = re.search("the weights beside|as its weights are", subject.scene)  # whose rows are as many by chance
    one = subject.scene.startswith(("rows are examples", "one image")) and not own
    kept, came, _ = shapes(subject, sizes) if one else ([], [], [])
    return any(len(c) > 1 and c in kept for c in came)


def mapped(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether data, a matrix of weights and an offset, which are called so, run as such in rows or columns."""
    learnt = [subject.learns(a.name) for a in subject.arguments]
    if len(learnt) != 3 or sum(learnt) != 2 or not re.match("(rows|columns) are examples", subject.scene):
        return False
    given = shapes(subject, sizes)[1]
    return any(own and len(s) == 2 and 1 not in s for own, s in zip(learnt, given)) and flat(subject, sizes)


def flat(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether forward is given matrices and vectors alone, and gives no more axes."""
    _, given, out = shapes(subject, sizes)
    return all(len(s) < 3 for s in (*given, *out))


def row_each(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether what is learnt fits one number of examples alone."""
    few, more = (shapes(subject, {**sizes, "N": n})[0] for n in (sizes["N"], sizes["N"] + 1))
    return few != more


def lone_unit(candidate: Subject, chosen: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a square matrix that is learnt, from one step to the next, is a single number in the other try."""
    few, more = (shapes(s, sizes)[0] for s in (candidate, chosen))
    square = [len(m) == 2 and m[0] == m[1] > 1 for m in more]
    return len(few) == len(more) and any(is_square and f == (1, 1) for is_square, f in zip(square, few))


def shapes(subject: Subject, sizes: Mapping[str, int]) -> tuple[list[Any], ...]:
    """Of what an instance learns, of what forward is given and of what it returns; none where it does not run."""
    try:
        instance, args = subject.sample(np.random.default_rng(0), sizes)
        kept = [v.shape for p, v in floats_within(instance) if subject.learns(str(p[-1]))]
        return kept, [np.shape(a) for a in args], [np.shape(o) for o in subject.forward(instance, args)]
    except (Exception, SystemExit):
        return [], [], []


def plainer(candidate: Subject, chosen: Subject, sizes: Mapping[str, int], learnt: Callable[[], Any]) -> bool:
    """Whether a plain number stands where the other try has an array that forward depends on."""
    if candidate.multiple and chosen.multiple and candidate.multiple[0] == chosen.multiple[0]:
        return False  # the same layer under another loss
    try:
        instance, _ = candidate.sample(np.random.default_rng(0), sizes)
        return any(type(reach(instance, p)) in (int, float) for p in learnt() if there(instance, p))
    except (Exception, SystemExit):
        return False


def unsummed(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a parameter's gradient has a row for every example where the rows are examples: its own slip."""
    if subject.scene.partition(",")[0] != "rows are examples":
        return False
    attempt = Attempt(subject, sizes)
    found = {n: g.shape for n, g in attempt.given.items()}
    wanted = {n: v.shape for n, v in attempt.values.items()}
    fits = all(found.get(n) == wanted[n] for n in attempt.owed)
    return fits and any(found.get(n) == (sizes["N"], *shape) for n, shape in wanted.items() if n not in attempt.owed)


def few(subject: Subject) -> bool:
    """Whether a try has a single row, or one number for each example: there a lost axis cannot show."""
    return subject.narrow or one_each(subject)


def tamer(candidate: Subject, chosen: Subject) -> bool:
    """Whether a try takes numbers between 0 and 1 where the other takes any, or targets without a zero."""
    kinds = [{a.kind for a in s.arguments if a.owed} for s in (candidate, chosen)]
    targets = [{a.kind for a in s.arguments if not a.owed} for s in (candidate, chosen)]
    return ("real" in kinds[1] and "real" not in kinds[0]) or targets == [{"simplex"}, {"one-hot"}]


def one_each(subject: Subject) -> bool:
    """Whether a loss is set up with one number for each example."""
    if not subject.scene.startswith("a loss"):
        return False
    _, args = subject.sample(np.random.default_rng(0), SMALL)
    return all(sum(n > 1 for n in np.shape(a)) == 1 for a, k in zip(args, subject.arguments) if k.owed)
