"""Whatever the user gave, turned into a subject (a layer, or nothing) and its Formula.

In this order: a catalogue name; text with ``.py:`` or ``.ipynb:`` and a name in it; a formula (text
or SymPy); a Layer class or instance; any class with forward and backward; a factory of one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import sympy as sp

from .. import reading
from ..arrays.axes import has_indices
from ..errors import InputError, did_you_mean, shorten
from ..layer import Layer
from ..layers import catalogue
from ..story import Equation, Formula, Run
from ..symbols import Letters, output_name, real

IN_FILE = re.compile(r"^(?P<path>.+\.(?:py|ipynb|md))(?::(?P<name>[^\W\d][\w.]*))?$", re.DOTALL)


@dataclass(frozen=True)
class Target:
    """`subject` is a Layer class or instance, a stranger's class, a factory, or None for a bare formula.

    `formula` is None where only the code is known; `path` is set for code from a file.
    """

    name: str
    subject: Any = None
    formula: Formula | None = None
    letters: Letters = Letters()
    path: str = ""

    @property
    def at_prompt(self) -> bool:
        """Whether the name says at the prompt what this is; a class that was handed over has none there."""
        known = catalogue.get(self.name)
        return self.subject is None or bool(self.path) or known in (self.subject, type(self.subject))

    def command(self, verb: str, **options: Any) -> str:
        """What to type to have it explained or checked; in Python, for a class that was handed over."""
        given = {k: str(v) if isinstance(v, Path) else v for k, v in options.items()}
        if not self.at_prompt:
            called = getattr(self.subject, "__name__", "") or type(self.subject).__name__
            return f"derivexplain.{verb}({', '.join([called, *(f'{k}={v!r}' for k, v in given.items())])})"
        words = (f"--{'lang' if k == 'language' else k} {shlex.quote(str(v))}" for k, v in given.items())
        return " ".join(["derivexplain", verb, shlex.quote(self.name), *words])

    @property
    def layer(self) -> type[Layer] | Layer | None:
        """The subject where it is a Layer of ours."""
        return self.subject if is_layer(self.subject) else None


def resolve(target: Any, *, wrt: Any = None, domain: Mapping[Any, Any] | None = None) -> Target:
    """The target as layer and formula.

    `wrt` only helps to tell a letter from an unknown name; `domain` (letter -> open interval) goes into the
    formula. Raises InputError where nothing can be made of it.
    """
    found = _resolve(target, wrt)
    if found.formula is not None and domain:
        found = replace(found, formula=with_domain(found.formula, domain))
    return found


def _resolve(target: Any, wrt: Any) -> Target:
    if isinstance(target, Target):
        return target
    if isinstance(target, str):
        return _from_text(target, wrt)
    if isinstance(target, sp.Basic):
        letters = Letters.of(target)
        return Target(shorten(str(target)), None, formula_from(letters.inward(target)), letters)
    if isinstance(target, Formula):
        return Target(str(target.output), None, target)
    if is_layer(target):
        return Target(target.name, target, formula_of(target))
    if isinstance(target, type) or callable(target) or hasattr(target, "forward"):
        return Target(getattr(target, "__name__", type(target).__name__), target)
    mend = "give a catalogue name, FILE.py:Name, a formula, a Layer, or a class with forward and backward"
    if isinstance(target, Run) or hasattr(target, "explain"):
        mend = "a worked example is explained, checked and drawn by its graph: graph.explain(format, run=run)"
    raise InputError(f"this is no target but of type {type(target).__name__}", mend=mend, read=shorten(repr(target)))


def _from_text(text: str, wrt: Any) -> Target:
    name = text.strip()
    if name in catalogue:
        return Target(name, catalogue[name], formula_of(catalogue[name]))
    if match := IN_FILE.match(name):
        from .. import conventions
        from ..foreign import load

        subject = load(match["path"], match["name"], conventions)
        path = match["path"]
        if is_layer(subject):
            return Target(name, subject, formula_of(subject), path=path)
        return Target(name, subject, path=path)
    if file := re.match(r"[^:]+\.(py|ipynb|md):", name):
        raise InputError("no layer is named after the file", mend=f"write {file[0]}Name", read=shorten(name))
    if re.fullmatch(r"[A-Za-z_]\w\w+", name, re.ASCII) and (wrt is None or name_of(wrt) != name):
        mend = did_you_mean(name, catalogue) or "derivexplain list shows the catalogue"
        raise InputError("no layer of this name in the catalogue", mend=mend, read=shorten(name))
    equations = reading.read_equations(name) if "=" in re.sub(r"[<>!=]=", "", name) else None
    formula = formula_from(equations if equations else reading.read(name))
    if len(formula.outputs) > 1 and not has_indices(formula):
        raise InputError(
            f"this defines several outputs: {', '.join(map(str, formula.outputs))}",
            read=shorten(name),
            mend=f"leave out the equations that {formula.outputs[-1]} does not need",
        )
    return Target(shorten(name), None, formula)


def is_layer(subject: Any) -> bool:
    """Whether this is a Layer of ours that states its formula, as a class or an instance."""
    cls = subject if isinstance(subject, type) else type(subject)
    return issubclass(cls, Layer) and bool(subject.formula)


def formula_of(layer: type[Layer] | Layer) -> Formula:
    """The Formula of a layer: its text read, its letters given the layer's assumptions."""
    stated = tuple(layer.formula) if isinstance(layer.formula, list) else layer.formula
    letters = (layer.inputs(), tuple(layer.params), tuple(layer.outputs), tuple(layer.assumptions.items()))
    try:
        formula = _as_stated(stated, *letters, tuple(layer.facts))
    except InputError as error:
        raise error.with_context(read=f"formula of {layer.name}") from None
    return with_domain(formula, layer.domain) if layer.domain else formula


@lru_cache(maxsize=256)  # a layer with many parameters is asked about each of them
def _as_stated(
    stated: Any,
    inputs: tuple[str, ...],
    params: tuple[str, ...],
    outputs: tuple[str, ...],
    assumptions: tuple[tuple[str, str], ...],
    facts: tuple[str, ...],
) -> Formula:
    if isinstance(stated, str):
        stated = reading.read_equations(stated) if "=" in stated else reading.read(stated)
    formula = formula_from(stated, inputs=inputs, params=params)
    if assumptions:
        formula = substitute(formula, {real(name): assumed(name, text) for name, text in assumptions})
    if outputs:
        sides = {name_of(e.lhs): e.lhs for e in formula.equations}
        formula = replace(formula, outputs=tuple(sides[name] for name in outputs))
    if facts:
        pairs = [map(reading.read, fact.split("=")) for fact in facts]
        formula = replace(formula, facts=tuple(Equation(*pair) for pair in pairs))
    return formula


def formula_from(stated: Any, *, inputs: tuple[str, ...] | None = None, params: tuple[str, ...] = ()) -> Formula:
    """A Formula from an expression, an Equation or a sequence of them; letters already real.

    Without `inputs`, every free letter is one. The outputs are the names that no later equation uses.
    """
    if isinstance(stated, sp.Equality):
        stated = Equation(stated.lhs, stated.rhs)
    if isinstance(stated, Equation):
        stated = (stated,)
    if isinstance(stated, sp.Expr):
        names = inputs if inputs is not None else tuple(sorted(s.name for s in stated.free_symbols if _is_letter(s)))
        stated = (Equation(real(output_name(names)), stated),)
    equations = tuple(Equation(e.lhs, e.rhs) if isinstance(e, sp.Equality) else e for e in stated)
    if not equations or not all(isinstance(e, Equation) for e in equations):
        raise InputError("this is no formula", mend="give an expression, or equations such as y = x**2")
    defined = {name_of(e.lhs): e.lhs for e in equations}
    used: dict[str, Any] = {}
    for e in equations:
        for atom in sorted(e.rhs.atoms(sp.Symbol, sp.Indexed), key=str):
            if isinstance(atom, sp.Indexed) or _is_letter(atom):
                used.setdefault(name_of(atom), atom.base if isinstance(atom, sp.Indexed) else atom)
    bases = {str(a.base.label) for e in equations for a in e.rhs.atoms(sp.Indexed)}
    if not bases:
        check_order(equations)
    letters = {n: (sp.IndexedBase(n, real=True) if n in bases else a) for n, a in used.items()}
    if inputs is None:
        inputs = tuple(sorted(n for n in letters if n not in defined))
    outputs = tuple(e.lhs for e in equations if name_of(e.lhs) not in used) or (equations[-1].lhs,)
    return Formula(
        equations,
        tuple(letters.get(n, real(n)) for n in inputs),
        tuple(letters.get(n, real(n)) for n in params),
        outputs,
    )


def check_order(equations: Sequence[Equation]) -> None:
    """Of scalar equations each may use those before it; those of arrays may use their past (arrays.axes)."""
    for i, e in enumerate(equations):
        ahead = next((later.lhs for later in equations[i:] if later.lhs in e.rhs.free_symbols), None)
        if ahead is not None:
            raise InputError(f"{ahead} is used in {e.lhs} = ... before it is defined", mend="put its equation first")


def name_of(letter: Any) -> str:
    """The bare name of a letter, an array or one of its entries."""
    array = letter.base if isinstance(letter, sp.Indexed) else letter
    return str(getattr(array, "name", array))


def _is_letter(symbol: Any) -> bool:
    return isinstance(symbol, sp.Symbol) and not symbol.is_integer


def substitute(formula: Formula, moves: Mapping[Any, Any]) -> Formula:
    """The formula with letters replaced throughout."""
    swap = lambda e: e.xreplace(moves) if isinstance(e, sp.Basic) else e  # noqa: E731
    return replace(
        formula,
        equations=tuple(Equation(swap(e.lhs), swap(e.rhs)) for e in formula.equations),
        inputs=tuple(map(swap, formula.inputs)),
        params=tuple(map(swap, formula.params)),
        outputs=tuple(map(swap, formula.outputs)),
        domain={swap(k): v for k, v in formula.domain.items()},
    )


ASSUMPTIONS = {
    ("> ", "0"): {"positive": True},
    ("< ", "0"): {"negative": True},
    (">=", "0"): {"nonnegative": True},
    ("<=", "0"): {"nonpositive": True},
    ("!=", "0"): {"nonzero": True, "real": True},
}


def assumed(name: str, text: str) -> sp.Symbol:
    """The letter with what is assumed of it: ``alpha > 0``, ``n integer``."""
    words = text.replace(name, "", 1).split()
    if words in (["integer"], ["in", "integers"]):
        return sp.Symbol(name, integer=True)
    if len(words) == 2 and (known := ASSUMPTIONS.get((words[0].ljust(2), words[1]))):
        return sp.Symbol(name, **known)
    mend = f"write {name} > 0, {name} != 0, {name} integer ...; another bound is a domain, {{{name!r}: (1, None)}}"
    raise InputError("this assumption is not understood", read=text, mend=mend)


def with_domain(formula: Formula, domain: Mapping[Any, Any]) -> Formula:
    """The formula on these open intervals; decimals are read exactly."""
    known = {name_of(s): s for e in formula.equations for s in e.rhs.free_symbols if not isinstance(s, sp.Indexed)}
    known |= {name_of(s): s for s in (*formula.inputs, *formula.params)}
    intervals = dict(formula.domain)
    if not isinstance(domain, Mapping):
        raise InputError(
            "a domain gives each letter its interval", read=repr(domain), mend='write domain={"x": (0, 1)}'
        )
    for letter, interval in domain.items():
        name = name_of(letter)
        if name not in known:
            raise InputError(f"the domain names {name}, which the formula has not", mend=did_you_mean(name, known))
        try:
            low, high = (None if end is None else exact(end) for end in interval)
        except (TypeError, ValueError):
            raise InputError(
                f"the domain of {name} is no interval", read=interval_text(name, interval), mend="write x=0.1:5"
            ) from None
        if low is not None and high is not None and not low < high:
            mend = "the lower end comes first" if high < low else "give two different ends"
            raise InputError(f"the domain of {name} is empty", read=interval_text(name, interval), mend=mend)
        intervals[known[name]] = (low, high)
    return replace(formula, domain=intervals)


def interval_text(name: str, interval: Any) -> str:
    """As it is written at the prompt."""
    pair = interval if isinstance(interval, tuple | list) and len(interval) == 2 else None
    ends = ["" if e is None else str(e) for e in pair] if pair else [str(interval)]
    return shorten(f"{name}={':'.join(ends)}")


def exact(number: Any) -> sp.Rational | None:
    """A decimal, a fraction or a number as an exact rational; an infinite one is None (no end)."""
    if isinstance(number, sp.Expr):
        if number.is_infinite:
            return None
        return sp.Rational(number) if number.is_Rational else sp.nsimplify(number)
    text = str(number).strip()
    if text.lower() in ("inf", "+inf", "-inf", "oo", "+oo", "-oo"):
        return None
    value = Fraction(text)
    return sp.Rational(value.numerator, value.denominator)


def choose_wrt(formula: Formula, wrt: Any) -> Any:
    """The letter to differentiate by: the one named, or the only input there is."""
    letters = {name_of(s): s for s in (*formula.inputs, *formula.params)}
    if wrt is None:
        if len(formula.inputs) == 1:
            return formula.inputs[0]
        if not formula.inputs:
            return real("x")
        names = list(map(name_of, formula.inputs))
        likely = "x" if "x" in names else names[0]
        raise InputError(
            f"there are several inputs: {', '.join(names)}",
            mend=f"say by which one to differentiate: wrt={likely} (--wrt {likely} at the prompt)",
        )
    name = name_of(wrt)
    if name in letters:
        return letters[name]
    others = {name_of(s): s for e in formula.equations for s in e.rhs.free_symbols if _is_letter(s)}
    defined = {name_of(e.lhs) for e in formula.equations}
    if name in others and name not in defined:
        return others[name]
    if not letters and not others:
        return real(name)  # a constant: its derivative is 0
    raise InputError(f"the formula has no letter {name} to differentiate by", mend=did_you_mean(name, letters))
