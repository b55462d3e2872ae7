"""Plots of a function of one letter: f, f' with the layer's own backward as dots, and how far off these are.

from derivexplain.api.plots import plot, accuracy
plot("relu").svg
accuracy("sigmoid", {"by quotient": "exp(-x)/(1 + exp(-x))**2"}, domain=(-745, 745))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Any

import numpy as np

from .. import accuracy as machine
from .. import reading, typeset
from ..accuracy import Accuracy
from ..arrays.axes import has_indices
from ..digits import shown
from ..draw import plots, strokes
from ..draw.plots import Curve, Panel
from ..draw.strokes import Drawing
from ..errors import InputError
from ..evaluation import evaluate
from ..language import Language
from ..language import language as find_language
from ..story import Derivation, Formula, Picture, Table, Text, sentence
from ..symbols import real
from .derivation import derive
from .targets import Target, choose_wrt, exact, name_of, resolve, substitute
from .telling import Teller

FINE, COARSE, FLOOR = 400, 25, 2.0**-53
POLE = 3  # times as large between two points as at them
SATURATED = 1e-3  # of the greatest slope: less than it nothing is learnt


def plot(
    target: Any,
    wrt: Any = None,
    *,
    domain: tuple[Any, Any] = (-6, 6),
    ax: Any = None,
    language: str | Language = "en",
    notation: Any = None,
) -> Picture:
    """f and f' over a domain, kinks with their one-sided slopes, saturation shaded, the error of backward.

    Its words are of this language, the formulas of its alternative text in this notation. With matplotlib's axes as
    `ax` (one, or a pair for the error too) it is drawn there as well.
    """
    teller = Teller.speaking(find_language(language), typeset.read_notation(notation))
    say = partial(teller.language.tell, "pictures")

    def text(expr: Any) -> str:
        return typeset.text(teller.math(expr).tree)

    found, d, low, high = _prepared(target, wrt, domain)
    f, slope, letter = _expr(d.formula.expr), _expr(d.result), real(name_of(d.wrt))
    kinks = [k for k in d.kinks if k.at.rhs.is_number and low < float(k.at.rhs) < high]
    places = [float(k.at.rhs) for k in kinks]
    xs = _without(np.linspace(low, high, FINE + 1), places)
    marks = tuple((p, say("slopes", left=_slope(k.left), right=_slope(k.right))) for p, k in zip(places, kinks))
    name = name_of(letter)
    ys = _values(f, name, xs)
    slopes = _broken(xs, np.where(np.isfinite(ys), _values(slope, name, xs), np.nan), places)
    dots = _without(np.linspace(low, high, COARSE), places)
    backward = _backward(found, dots)
    lines = [Curve("f′", tuple(xs), tuple(slopes))]
    here = tuple((p, "") for p in places)
    bands = tuple((a, b, say("saturated")) for a, b in _saturation(xs, slopes))
    span = _span(f, name, xs, ys)
    panels = [Panel((Curve("f", *_torn(xs, ys, slopes)),), marks=here, bands=bands, span=span)]
    if backward is not None:
        lines.append(Curve("backward(1)", tuple(dots), tuple(backward), dots=True))
    panels.append(Panel(tuple(lines), marks=marks, span=_span(slope, name, xs, slopes)))
    if backward is not None:
        true = [machine.truth(slope, letter, float(x)) for x in dots]
        off = [abs(b - float(t.mid())) if t is not None else float("nan") for b, t in zip(backward, true)]
        errors = Curve("", tuple(dots), tuple(off), True)
        panels.append(Panel((errors,), say("error"), log=True, level=(FLOOR, "2⁻⁵³")))
    title = say("plot", name=found.name)
    notes = (
        f"f = {text(f)}",
        f"f′ = {text(slope)}",
        *(say("jump" if k.jump else "kink", at=text(k.at), slopes=m) for k, (_, m) in zip(kinks, marks)),
    )
    if ax is not None:
        _on_axes(ax, panels)
    return _picture(plots.plot(panels, title, notes))


def accuracy(
    target: Any,
    spellings: Mapping[str, str] | None = None,
    wrt: Any = None,
    *,
    domain: tuple[Any, Any] = (-40, 40),
    points: int = 401,
) -> Accuracy:
    """How many ulps ways to compute a derivative are off: backward, its forms, and `spellings` (label -> text).

    A text may use the output's letter: it is computed by the layer's forward, as backward would.
    """
    found, d, low, high = _prepared(target, wrt, domain)
    letter, output = real(name_of(d.wrt)), name_of(d.formula.output)
    slope = _expr(d.result)
    texts: dict[str, Any] = {}
    if d.output_form is not None:
        texts[_text(d.output_form)] = _expr(d.output_form)
    texts[_text(slope)] = slope
    texts |= {label: reading.read(text) for label, text in (spellings or {}).items()}

    def way(expr: Any) -> Any:
        def computed(xs: Any) -> Any:
            env = {letter.name: xs}
            if output in {s.name for s in expr.free_symbols}:
                env[output] = _forward(found, d, xs)
            return evaluate(expr, env)

        return computed

    ways: dict[str, Any] = {}
    if _backward(found, np.array([(low + high) / 2])) is not None:
        ways["backward"] = lambda xs: _backward(found, xs)
    ways |= {label: way(expr) for label, expr in texts.items()}
    return machine.measure(slope, letter, ways, tuple(np.linspace(low, high, points)))


def accuracy_picture(found: Accuracy) -> Picture:
    """The errors in ulps over the range; inf or nan stand at the upper edge."""
    top = max((e for es in found.errors.values() for e in es if isfinite(e)), default=1.0)
    curves = tuple(
        Curve(label, found.points, tuple(max(e, 0.01) if isfinite(e) else top * 10 if e == e else e for e in es))
        for label, es in found.errors.items()
    )
    panel = Panel(curves, log=True, level=(0.5, "½ ulp"))
    title = f"Error in ulps of {_text(found.of)}"
    notes = tuple(f"{label}: at worst {_ulps(max(e for e in es if e == e))}" for label, es in found.errors.items())
    return _picture(plots.plot([panel], title, notes, "accuracy"))


def _picture(drawing: Drawing) -> Picture:
    alt = sentence(drawing.title, drawing.notes)
    return Picture(drawing.name, strokes.svg(drawing), strokes.tikz(drawing), "", alt)


def accuracy_table(found: Accuracy, cuts: tuple[float, ...] | None = None) -> Table:
    """The worst error in ulps of each way, range by range."""
    low, high = found.points[0], found.points[-1]
    cuts = cuts or tuple(np.linspace(low, high, 9))
    header = (Text.of("from"), Text.of("to"), *(Text.of(label) for label in found.errors))
    rows = [
        (Text.of(shown(a)), Text.of(shown(b)), *(Text.of(_ulps(worst[label])) for label in found.errors))
        for a, b, worst in found.rows(cuts)
    ]
    return Table(header, tuple(rows))


def _ulps(error: float) -> str:
    return "inf or nan" if not isfinite(error) else shown(error, digits=2)


# ---------------------------------------------------------------- what is plotted


def _prepared(target: Any, wrt: Any, domain: tuple[Any, Any]) -> tuple[Target, Derivation, float, float]:
    found = resolve(target, wrt=wrt)
    if found.formula is None:
        raise InputError("there is no formula to plot", read=found.name)
    if has_indices(found.formula):
        raise InputError("a plot is of one number by one other, this formula has arrays", read=found.name)
    formula = with_constants(found)
    found, letter = replace(found, formula=formula), choose_wrt(formula, wrt)
    others = sorted(name_of(s) for s in formula.expr.free_symbols if name_of(s) != name_of(letter))
    if others:
        raise InputError(f"a plot needs numbers for {', '.join(others)}", mend="put them into the formula")
    low, high = (exact(end) for end in domain)
    bounds = formula.domain.get(letter, (None, None))
    span = high - low
    low = max(low, bounds[0] + span / 200) if bounds[0] is not None else low
    high = min(high, bounds[1] - span / 200) if bounds[1] is not None else high
    if low is None or high is None or not low < high:
        raise InputError("the domain is empty", read=str(domain), mend="give the lower end first: domain=(-6, 6)")
    return found, derive(found, letter), float(low), float(high)


def with_constants(found: Target) -> Formula:
    """The formula with the layer's own numbers for its constants (alpha of an elu)."""
    formula, layer = found.formula, found.layer
    assert formula is not None
    if layer is None or not layer.constants:
        return formula
    instance = layer() if isinstance(layer, type) else layer
    numbers = {
        name: exact(getattr(instance, name)) for name in layer.constants if np.ndim(getattr(instance, name)) == 0
    }
    letters = {s for e in formula.equations for s in e.rhs.free_symbols}
    return substitute(formula, {s: numbers[name_of(s)] for s in letters if name_of(s) in numbers})


def _expr(expr: Any) -> Any:
    return expr.xreplace({s: real(s.name) for s in expr.free_symbols})


def _text(expr: Any) -> str:
    return typeset.text(typeset.tree(expr)) if expr is not None else "?"


def _slope(slope: Any) -> str:
    return shown(float(slope)) if slope is not None and slope.is_number else "?"


def _values(expr: Any, name: str, xs: Any) -> Any:
    return np.broadcast_to(np.asarray(evaluate(expr, {name: xs}), dtype=float), np.shape(xs))


def _without(xs: Any, places: list[float]) -> Any:
    """The points with those on a kink moved to both its sides."""
    close = [p + s * 1e-9 * max(1.0, abs(p)) for p in places for s in (-1, 1)]
    return np.sort(np.concatenate([[x for x in xs if all(abs(x - p) > 1e-9 for p in places)], close]))


def _broken(xs: Any, ys: Any, places: list[float]) -> Any:
    """The values with a gap at every kink, where a line would pretend to be steep."""
    ys = np.array(ys)
    for p in places:
        ys[np.argmin(np.where(xs < p, p - xs, np.inf))] = np.nan
    return ys


def _torn(xs: Any, ys: Any, slopes: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The points with a gap where the function jumps: against its slopes, or much further than they say."""
    rise, width, slopes = np.diff(ys), np.diff(xs), np.nan_to_num(slopes)  # at a kink, the slope of the other side
    with np.errstate(invalid="ignore"):
        against = (rise * slopes[:-1] < 0) & (rise * slopes[1:] < 0)
    sudden = np.abs(rise) > 10 * width * np.maximum(np.abs(slopes[:-1]), np.abs(slopes[1:])) + 1e-9 * np.abs(ys[1:])
    jumps = np.flatnonzero(against | sudden) + 1
    return tuple(np.insert(xs, jumps, xs[jumps])), tuple(np.insert(ys, jumps, np.nan))


def _span(expr: Any, name: str, xs: Any, ys: Any) -> tuple[float, float] | None:
    """What to show of a function with a pole: most of its values. Looked at closely, a pole keeps growing."""
    finite = np.where(np.isfinite(ys), ys, 0)
    k = int(np.argmax(np.abs(finite)))
    near = _values(expr, name, np.linspace(xs[max(k - 1, 0)], xs[min(k + 1, len(xs) - 1)], FINE))
    if np.nanmax(np.abs(near)) <= POLE * np.abs(finite[k]):
        return None
    low, high = np.quantile(ys[np.isfinite(ys)], (0.05, 0.95))
    room = (high - low) / 2
    return float(low - room), float(high + room)


def _saturation(xs: Any, slopes: Any) -> tuple[tuple[float, float], ...]:
    """The stretches at both ends where the slope has all but gone."""
    with np.errstate(invalid="ignore"):
        small = np.abs(slopes) < SATURATED * min(1.0, np.nanmax(np.abs(slopes)))  # false where there is none
    if small.all() or not small.any():
        return ()
    bands = []
    first, last = int(np.argmin(small)), len(xs) - 1 - int(np.argmin(small[::-1]))
    if first > 1:
        bands.append((float(xs[0]), float(xs[first])))
    if last < len(xs) - 2:
        bands.append((float(xs[last]), float(xs[-1])))
    return tuple(bands)


def _forward(found: Target, d: Derivation, xs: Any) -> Any:
    layer = found.layer
    if layer is None:
        return evaluate(_expr(d.formula.expr), {name_of(d.wrt): xs})
    return (layer() if isinstance(layer, type) else layer).forward(xs)


def _backward(found: Target, xs: Any) -> Any:
    """What the layer's backward gives for an upstream gradient of ones; None where there is no layer."""
    layer = found.layer
    if layer is None or len(layer.inputs()) != 1:
        return None
    instance = layer() if isinstance(layer, type) else layer
    with np.errstate(all="ignore"):
        instance.forward(np.array(xs))
        return np.asarray(instance.backward(np.ones(np.shape(xs))))


def _on_axes(ax: Any, panels: list[Panel]) -> None:
    """The same curves on matplotlib's axes: f and f' on the first, the error on a second."""
    axes = list(ax) if isinstance(ax, list | tuple | np.ndarray) else [ax]
    if not axes or not all(hasattr(a, "plot") and hasattr(a, "semilogy") for a in axes):
        raise InputError(
            f"ax is a {type(ax).__name__}, no axes of matplotlib",
            mend="pip install matplotlib, then fig, ax = matplotlib.pyplot.subplots(2); plot(..., ax=ax)",
        )
    for panel in panels[:2]:
        for c in panel.curves:
            axes[0].plot(c.xs, c.ys, "o" if c.dots else "-", label=c.label, fillstyle="none")
        for at, label in panel.marks:
            axes[0].axvline(at, linestyle=":", label=label if label else None)
    if spans := [p.span for p in panels[:2] if p.span]:
        axes[0].set_ylim(min(low for low, _ in spans), max(high for _, high in spans))
    axes[0].legend()
    if len(axes) > 1 and len(panels) > 2:
        off = np.maximum(panels[2].curves[0].ys, FLOOR / 10)  # a logarithm has no zero
        axes[1].semilogy(panels[2].curves[0].xs, off, "o", fillstyle="none", label=panels[2].title)
        axes[1].axhline(FLOOR, linestyle=":")
        axes[1].legend()
