"""Whole functions: the gradients of a sweep in order, each an array expression where there is one, else loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from ..arrays.axes import Layout
from ..arrays.contraction import Letters
from ..arrays.probing import backwards, through_time
from ..indices import derivatives, letters_of, parts, unnest
from ..story import Derivation, Gradient
from ..symbols import UPSTREAM, real
from . import loops
from .expressions import Coder
from .texts import NoPlainForm


def numpy_code(derivation: Derivation, layout: Layout, name: str = "", loss: str = "L") -> str:
    """One function: the gradients of the sweep in order, the wanted one returned; `loss` is its letter in words."""
    coder = Coder(layout)
    if not derivation.gradients:
        return elementwise(derivation, coder, name, loss)
    body = []
    for block in backwards(needed(derivation.gradients)):
        body += loops.back_through_time(coder, block) if through_time(block) else statement(coder, block[0])
    wanted = derivation.gradients[-1].name
    arguments = coder.arguments({f"d{g.name}" for g in derivation.gradients})
    said = f"d{loss}/d{wanted}, of the shape of {wanted}."
    return function_text(name or f"grad_{wanted}", arguments, said, [*body, f"return d{wanted}"])


def needed(gradients: Sequence[Gradient]) -> list[Gradient]:
    """Those that the last one is made of; others were only steps on the way."""
    uses = {g.name: {parts(d.wrt)[0] for d in derivatives(g.form)} for g in gradients}
    names = {gradients[-1].name}
    while more := {m for n in names for m in uses[n]} - names:
        names |= more
    return [g for g in gradients if g.name in names]


def elementwise(derivation: Derivation, coder: Coder, name: str, loss: str) -> str:
    """The same for a formula without indices: upstream gradient times derivative."""
    wrt = parts(derivation.wrt)[0]
    said = f"d{loss}/d{wrt}: the upstream gradient times the derivative."
    wanted = lambda form: sp.Mul(real(UPSTREAM), *sp.Mul.make_args(form), evaluate=form == 1)  # noqa: E731
    if derivation.order > 1:
        said, wanted = f"The derivative of order {derivation.order} by {wrt}.", lambda form: form
    try:
        text = coder.text(
            wanted(derivation.result if derivation.output_form is None else derivation.output_form), ()
        )[0]
    except NoPlainForm:  # a form in the output may need an inverse that NumPy lacks
        coder.used.clear()
        text = coder.text(wanted(derivation.result), ())[0]
    return function_text(name or f"grad_{wrt}", coder.arguments(set()), said, [f"return {text}"])


def function_text(name: str, arguments: list[str], said: str, body: list[str]) -> str:
    """A function's text, with the imports it needs."""
    lines = [f"def {name}({', '.join(arguments)}):", f'    """{said}"""', *("    " + line for line in body)]
    imports = [f"import {m}" for m in ("math", "numpy as np") if any(m.split()[-1] + "." in line for line in lines)]
    return "\n".join([*imports, *["", ""] * bool(imports), *lines]) + "\n"


def statement(coder: Coder, gradient: Gradient) -> list[str]:
    """One gradient from stored values and from those before it."""
    out = parts(gradient.symbol.wrt)[1]
    before = set(coder.used)
    try:
        if (scattered := scatter(coder, gradient, out)) is not None:
            return scattered
        text = coder.text(gradient.form, out)[0]
        if letters_of(gradient.form) != set(out):
            text = f"np.broadcast_to({text}, {coder.shape(gradient.name)})"
        return [f"d{gradient.name} = {text}"]
    except NoPlainForm:
        coder.used = before
        return loops.entry_by_entry(coder, gradient)


def scatter(coder: Coder, gradient: Gradient, out: Letters) -> list[str] | None:
    """Rows of an array that were looked up: what comes back is added where it was taken from."""
    letters, body = unnest(gradient.form)
    deltas = [f for f in sp.Mul.make_args(body) if isinstance(f, sp.KroneckerDelta)]
    if len(deltas) != 1 or not letters or not out:
        return None
    labels = [a for a in deltas[0].args if isinstance(a, sp.Indexed)]
    if len(labels) != 1 or set(deltas[0].args) != {labels[0], out[0]} or set(labels[0].indices) != set(letters):
        return None
    value = coder.text(body / deltas[0], (*labels[0].indices, *out[1:]))[0]
    name = f"d{gradient.name}"
    coder.used.add(parts(labels[0])[0])
    return [f"{name} = np.zeros({coder.shape(gradient.name)})", f"np.add.at({name}, {parts(labels[0])[0]}, {value})"]


def run(code: str, values: Mapping[str, Any]) -> Any:
    """The value of a generated function, its arguments taken by name from `values`."""
    import numpy as np

    space: dict[str, Any] = {"np": np}
    exec(compile(code, "<derived>", "exec"), space)  # our own text, made from a formula's tree
    function = next(v for k, v in space.items() if callable(v) and k != "__builtins__" and hasattr(v, "__code__"))
    return function(*(values[n] for n in function.__code__.co_varnames[: function.__code__.co_argcount]))
