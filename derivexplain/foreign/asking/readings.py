"""Readings: the ways in which backward may want to be called, likeliest first."""

from __future__ import annotations

import ast
import functools
import itertools
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...bytecode import instructions
from ...errors import InputError
from ...python_text import parse
from ..building.feeding import data_arguments
from ..text.boxes import keys_of
from ..text.code import Code, backward_of, method_of
from ..text.targets import forgets
from ..text.things import Parameter, matches, normal, roles
from ..text.uses import calls, in_products, multiplies, takes_all, writes_to
from .calling import Reading
from .stepping import decays, knob, steps_by

MOST_READINGS = 16
UNMISTAKEN = (  # an upstream gradient's names, which no input and no output bears
    r"d?d?out|upstream(grad(ient)?)?|(grad(ient)?|g)out(put)?|out(put)?grad(ient)?|accumgrad|incominggrad(ient)?"
)
RESULTS = r"y|out(put)?s?|a"  # what a loss's derivative calls what a network gives


def readings(code: Code, n_args: int, n_outs: int, cache: bool, scalar: bool, conventions: Any) -> list[Reading]:
    """How backward may want to be called, likeliest first."""
    if code.backward is None:
        return [Reading(())]
    use = wanted(code, n_outs, conventions)
    if any(p.kind == p.VAR_POSITIONAL for p in code.backward_args) and not use:
        return [Reading(tuple(f"dout{k}" for k in range(n_outs))), Reading(())]
    off = tuple(f"{p.name}={p.default!r}" for p in use if decays(p, conventions))
    asked = Asked(code, use, n_args, n_outs, cache, scalar, conventions)
    choices = [asked.ways(p) for p in use]
    upstreams = [p for p in use if asked.upstream(p)]
    guessed = asked.guessed and not upstreams
    # gradients["dW"] += ...
    guessed |= any(keys_of(code, p.name) and normal(p.name) not in asked.names for p in upstreams)
    combos = [Reading(c, guessed, off if "=0.0" in c else ()) for c in itertools.product(*choices)]
    sane = [r for r in combos if len(set(r.gives)) == len(r.gives)]
    if use and scalar and all(p.default is not p.empty for p in use):
        sane.append(Reading(()))
    return list(dict.fromkeys(sane or combos))[:MOST_READINGS]


def wanted(code: Code, n_outs: int, conventions: Any) -> list[Parameter]:
    """The arguments that backward is given: those that it must have, and what it may have that counts."""
    chosen = {p.name for p in code.forward_args if p.default is not p.empty}
    use: list[Parameter] = []
    for p in code.backward_args:
        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            continue
        if p.default is not p.empty and p.name in chosen:
            break  # huber_prime(y, t, delta=1.0) has the delta of huber(y, t, delta=1.0)
        rate = matches(conventions.RATE, normal(p.name))
        upstream = matches(conventions.UPSTREAM, normal(p.name)) and not isinstance(p.default, bool)  # return_grad
        known = sum(matches(conventions.UPSTREAM, normal(q.name)) for q in use)
        if upstream and p.default is None and known >= n_outs:
            break  # backward(dA, m, dZ=None): one stands for the other
        counts = upstream and not rate
        steps = p.default is None and (rate or "optimizer" in roles(p.name, conventions))
        if not (p.default is p.empty or counts or decays(p, conventions) or steps):
            break
        use.append(p)
    return use


@dataclass
class Asked:
    """The arguments that backward asks for, looked at in their order."""

    code: Code
    use: list[Parameter]
    n_args: int
    n_outs: int
    cache: bool  # whether forward hands one on
    scalar: bool  # whether forward ends in a number
    conventions: Any
    guessed: bool = False  # whether no name says what one of them is
    douts: Iterator[int] = field(default_factory=itertools.count)

    @cached_property
    def alone(self) -> bool:
        return len(self.use) == 1

    @cached_property
    def names(self) -> list[str]:
        """What forward's own arguments are called."""
        return [normal(p.name) for p in data_arguments(self.code)]

    @cached_property
    def known(self) -> dict[str, int]:
        """What forward's outputs are called; by their gradients where there are as many: backward(dy, dlogdet)."""
        each = self.n_outs > 1 and sum(normal(p.name)[:1] == "d" for p in self.use) == self.n_outs
        told = {normal(p.name)[1:]: k for k, p in enumerate(self.use) if each}
        return told | {normal(g): k for k, g in enumerate(self.code.gives) if g}

    @cached_property
    def inner(self) -> list[Any]:
        return of_no_output(self.use, self.code, self.conventions)

    @cached_property
    def others(self) -> Iterator[int]:
        return itertools.count(self.n_outs - len(self.inner))

    @cached_property
    def asked(self) -> list[str]:
        """What backward's are called."""
        return [normal(p.name) for p in self.use]

    @cached_property
    def repeated(self) -> bool:
        """Whether backward takes what forward took: grad(X, y, p) of loss(y, p)."""
        asked = [normal(p.name) for p in self.use]
        whole = len(asked) > 1 and sorted(asked) == sorted(self.names)
        return whole or bool(self.renamed) or (self.scalar and len(self.names) > 1 and {*self.names} <= {*asked})

    @cached_property
    def renamed(self) -> dict[str, str]:
        """What a cost's derivative calls otherwise, the rest being called alike: loss(y, p), loss_prime(y, A2)."""
        asked = [normal(p.name) for p in self.use]
        old, new = [n for n in self.names if n not in asked], [n for n in asked if n not in self.names]
        one = self.code.local and self.scalar and len(asked) == len(self.names) > len(new) == len(old) == 1
        plain = one and not matches(self.conventions.UPSTREAM, new[0])
        return {new[0]: f"arg{self.names.index(old[0])}"} if plain else {}

    def upstream(self, p: Parameter) -> bool:
        told = matches(self.conventions.UPSTREAM, normal(p.name))
        return told or (matches(self.conventions.RATE, normal(p.name)) and in_products(self.code, p.name))

    def again(self, n: str) -> list[str]:
        """The arguments of forward that are called so."""
        return [f"arg{i}" for i, a in enumerate(self.names) if a == n]

    def ways(self, p: Parameter) -> list[str]:
        """What an argument may be given, likeliest first."""
        n = normal(p.name)
        return (
            self.beside_targets(n)
            or self.of_the_run(p, n)
            or self.by_itself(p, n)
            or self.of_settings(p, n)
            or self.of_forward(p, n)
            or self.gradient(p)
            or self.unnamed(p, n)
        )

    def of_the_run(self, p: Parameter, n: str) -> list[str]:
        """What forward hands on."""
        given_on = self.cache or n in map(normal, self.code.gives)
        if n in ("ctx", "context") and not given_on and not self.alone:
            return ["node"]
        if self.alone and unread(self.code, p.name) and (not self.code.local or matches(UNMISTAKEN, n)):
            return ["dout0"]  # asked for and forgotten: nobody asks for an input in vain
        others = [q for q in self.use if q is not p and self.upstream(q) and not unread(self.code, q.name)]
        forgotten = not self.code.local and unread(self.code, p.name)
        if self.n_outs == 1 and others and self.upstream(p) and forgotten:
            return ["=None"]  # backward(output_error, output_delta) that reads the second
        if self.code.style == "pair" and n not in self.names and calls(self.code, p.name):
            return ["function"]
        if n not in self.names and matches(self.conventions.TAKEN, n) and takes_all(self.code, p.name):
            return ["args"]
        if self.cache and matches(self.conventions.CACHE, n):
            return ["cache"]
        lacking = not self.cache and not self.alone and n.endswith("cache")
        return ["named"] if lacking and keys_of(self.code, p.name) else []

    def handed_on(self, n: str) -> bool:
        """Whether an argument is what forward took or gave: what else there is can only be an upstream gradient."""
        return bool(self.again(n)) or n in self.known or (self.cache and matches(self.conventions.CACHE, n))

    def by_itself(self, p: Parameter, n: str) -> list[str]:
        """A single argument, of a derivative most of all: what goes in, what comes out, or an upstream gradient."""
        code, again = self.code, self.again(n)
        if not self.alone or not (code.local or again) or matches(r"d?dout|gradoutput|accumgrad", n):
            return []
        said = called_output(code, p.name)
        result = said or (matches(self.conventions.RESULT, n) and not again)
        given = ["out0", "arg0"] if result else [*again, "arg0", "out0"]
        if (
            code.local
            and again
            and not said
            and (works_anew(code, p.name) or others_take_inputs(code, self.conventions))
        ):
            given.remove("out0")  # as all around it, it is given what forward was given
        if not again and self.upstream(p):
            return ["dout0", *given]  # delta(error)
        plain = code.style != "class" and code.local and not (again and self.upstream(p))
        return given if plain else [*given, "dout0"]  # relu_prime(x) takes x, never an upstream gradient

    def of_settings(self, p: Parameter, n: str) -> list[str]:
        """Neither data nor gradient: a rate, a dict to be filled, a file, a weight of a penalty."""
        code, conventions = self.code, self.conventions
        if self.alone:
            return ["sink"] * writes_to(code, p.name)
        rate = matches(conventions.RATE, n) and not self.upstream(p)
        if rate or not n or steps_by(code, p.name, conventions):
            return ["rate"]
        if n not in self.names and matches(conventions.SCORES_BELOW, n):
            return ["arg0"]
        if n not in self.names and matches(conventions.WEIGHTS_ABOVE, n):
            return ["eye"]
        if filled(code, p):
            return ["box"]
        if writes_to(code, p.name):
            return ["sink"]
        own = knob(n, conventions) if n not in self.names else ""
        return [own] if own else []

    def of_forward(self, p: Parameter, n: str) -> list[str]:
        """What forward was given, or gave, under this name."""
        names, known, conventions = self.names, self.known, self.conventions
        if n in self.renamed:
            return [self.renamed[n]]
        if again := self.again(n):
            if self.repeated:
                return again  # grad(y_pred, y_true) of loss(y_pred, y_true): no upstream gradient comes in
            told = any(self.upstream(q) and normal(q.name) not in names for q in self.use)
            return [*again, "dout0", "out0"] if self.alone else [*again, *["dout0"] * (not told)]
        # Z_curr of a forward that returns Z
        bare = n if n in known else re.sub(r"(?<=\w)(curr(ent)?|now|cache|l)$", "", n)
        if known.get(bare, self.n_outs) < self.n_outs:
            kept = len(self.code.gives) - 1
            others = [q for q in self.use if q is not p and known.get(normal(q.name)) != kept]
            own = self.cache and not others and self.code.style == "pair"  # linear_backward(output, cache)
            return [f"out{known[bare]}", *[f"dout{known[bare]}"] * own]
        if self.cache and known.get(bare) == len(self.code.gives) - 1:
            return ["cache"]
        if not self.alone and (matches(conventions.SHAPE_OF_INPUT, n) or n in [f"{a}shape" for a in names[:1]]):
            return ["shape"]
        given = (a.default for a in self.code.forward_args if normal(a.name) == n)
        fixed = [repr(value) for value in given if isinstance(value, str | bool | int | float)]
        if fixed:
            return [f"={fixed[-1]}"]  # as forward took it by itself
        target = matches(conventions.TARGET, n) and len(names) > 1
        return [f"arg{i}" for i in _target_first(names, conventions)] if target else []

    def beside_targets(self, n: str) -> list[str]:
        """The two that a loss's derivative is given, called otherwise: output_deriv(y, t) of get_loss(true, p)."""
        told, asked = ([matches(self.conventions.TARGET, a) for a in each] for each in (self.names, self.asked))
        both = self.code.local and self.scalar and sorted(told) == sorted(asked) == [False, True]
        if (
            not both
            or self.names[told.index(False)] in self.asked
            or not matches(RESULTS, self.asked[asked.index(False)])
        ):
            return []
        return [f"arg{told.index(asked[self.asked.index(n)])}"]

    def gradient(self, p: Parameter) -> list[str]:
        """An upstream gradient; a loss may be given its predictions under this name."""
        if not self.upstream(p):
            return []
        k = next(self.others if p in self.inner else self.douts)
        own = f"dout{k}" if k < self.n_outs and p not in self.inner else f"zero{k}"
        if self.scalar and not self.code.within:  # a pullback is given nothing that forward had
            kept = ["held"] if not self.alone and not self.cache else []
            return [own, *kept, "arg0"] if "self.output = " in self.code.source.text else [own, "arg0", *kept]
        if self.n_outs > 1 and sum(map(self.upstream, self.use)) == 1:
            taken = r", *".join([r"\w+"] * self.n_outs)  # dh, dc = dout
            apart = re.search(rf"^\s*\(?{taken}\)? *= *{p.name}\s*$", self.code.source.text, re.M)
            return ["douts"] if apart else [own, "douts"]
        plain = matches(r"grad\w*|\w*gradients?|d?d_?out\w*", normal(p.name))  # grad_output is never the output
        knows = self.alone and own == "dout0" and forgets(self.code) and not plain  # y(1 - y), and no factor
        return [own, *["out0"] * knows]

    def unnamed(self, p: Parameter, n: str) -> list[str]:
        """What no name of forward's tells."""
        if self.repeated:
            self.guessed = True
            return ["=None"]  # a third is neither of the two, and nobody says what it is
        if matches(self.conventions.PREDICTION, n) and self.scalar and not self.alone:
            self.guessed |= len(self.use) > len(self.names)  # delta(z, a, y): z is none of forward's
            return ["arg0", "arg1", "dout0", "held"] if len(self.names) > 1 else ["arg0", "dout0"]
        slope = self.code.local and self.n_outs == 1 and not self.alone  # softmax_prime(z, activations)
        if slope and matches(rf"{self.conventions.RESULT}|activations?|activated\w*", n):
            return ["out0"]
        if "optimizer" in roles(p.name, self.conventions):
            taken = re.search(rf"self\.\w+ *= *{re.escape(p.name)}(\.\w+)?\(", self.code.source.text)
            return ["=None"] * (p.default is None and not taken) + ["stepper"]  # who else is given the slopes
        if n == "node":
            return ["node"]
        if n[:1] == "d" and self.known.get(n[1:], self.n_outs) < self.n_outs:
            return [f"dout{self.known[n[1:]]}"]  # dscores of a forward that returns scores
        others = [q for q in self.use if q is not p]
        told = all(self.handed_on(n := normal(q.name)) or self.of_settings(q, n) for q in others)
        if told and not self.code.local and (multiplies(self.code, p.name) or unread(self.code, p.name)):
            return ["dout0"]  # whatever it is called
        self.guessed |= not self.alone and (self.code.local or not told)
        everything = [f"arg{i}" for i in range(self.n_args)]
        if self.cache and not self.alone and all(map(self.upstream, others)):
            return ["cache", "dout0", "out0", *everything]
        return ["dout0", "out0", *everything, *["cache"] * self.cache]


def unread(code: Code, name: str) -> bool:
    """Whether backward never reads this argument."""
    back = None if code.within else code.function(code.names[1])
    if back is None or name in back.__code__.co_cellvars:
        return False
    read = [i.argval for i in instructions(back) if i.opname.startswith("LOAD_FAST")]
    return not any(name in r if isinstance(r, tuple) else name == r for r in read)


def filled(code: Code, asked: Any) -> bool:
    """Whether backward writes gradients into this argument, a dict: ``gradients[f"{self.name}/W"] = dW``."""
    if "dict" in str(asked.annotation).lower() and matches(r"\w*grad\w*", normal(asked.name)):
        return True
    backward = backward_of(code)
    nodes = ast.walk(backward) if backward else ()
    stores = (n for n in nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    own = (n.slice for n in stores if getattr(n.value, "id", "") == asked.name)
    return any(isinstance(s, ast.JoinedStr) or isinstance(getattr(s, "value", None), str) for s in own)


def of_no_output(asked: list[Any], code: Code, conventions: Any) -> list[Any]:
    """Upstream gradients of what forward works with inside, where all others are called as its outputs are.

    ``lstm_backward(da_next, dc_next, cache, dz)`` of a forward that returns a_next, c_next and a softmax of z.
    """
    outputs = {normal(n) for n in code.gives}
    named = [p for p in asked if matches(conventions.UPSTREAM, normal(p.name)) and normal(p.name)[:1] == "d"]
    strange = [p for p in named if normal(p.name)[1:] not in outputs]
    return strange if 0 < len(strange) < len(named) - 1 else []


def _target_first(names: list[str], conventions: Any) -> list[int]:
    return sorted(range(len(names)), key=lambda i: not matches(conventions.TARGET, names[i]))


def works_anew(code: Code, name: str) -> bool:
    """Whether a derivative works out of its argument what the function works out of its own: 0.2 * z + 0.5."""
    front, *rest = [f for f in (getattr(f, "__code__", None) for f in code.functions) if f is not None] or [None]
    if front is None or len(rest) != 1 or code.style != "pair":
        return False
    tree = ast.parse(textwrap.dedent(code.source.text))
    parts = {
        f.name: {ast.dump(n) for n in ast.walk(f) if isinstance(n, ast.BinOp | ast.Call) and of(n, name)}
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef)
    }
    return bool(parts.get(front.co_name, set()) & parts.get(rest[0].co_name, set()))


def called_output(code: Code, name: str) -> bool:
    """Whether a derivative's own words call its argument what comes out: ``x: output of softmax``."""
    back = method_of(code.source.text, code.names[1]) if code.local and code.style == "pair" else None
    words = (ast.get_docstring(back) or "").lower() if back else ""
    return (
        re.search(rf"\b{re.escape(name.lower())}\b[^\n:]*[:-] *(the +)?(activated )?outputs? (of|from)\b", words)
        is not None
    )


def of(node: ast.AST, name: str) -> bool:
    """Whether an expression does two things or more with a name."""
    inside = list(ast.walk(node))
    named = any(isinstance(n, ast.Name) and n.id == name for n in inside)
    return named and sum(isinstance(n, ast.BinOp | ast.Call | ast.UnaryOp) for n in inside) >= 2


def others_take_inputs(code: Code, conventions: Any) -> bool:
    """Whether another derivative in the file calls its own function: 1 - self.forward(x)**2, sigmoid(z) * ..."""
    if any(isinstance(f, functools.partial) for f in code.functions):
        return False  # sigmoid(x, deriv=True) is given outputs, by an old custom
    function = next((getattr(f, "__code__", None) for f in code.functions if hasattr(f, "__code__")), None)
    path = getattr(function, "co_filename", "")
    front = "|".join(map(re.escape, sorted({"__call__", *conventions.FORWARD})))
    first, last = code.source.first, code.source.first + code.source.text.count("\n")
    for f in derivatives(path):
        if first <= f.lineno <= last:
            continue
        stem = re.sub(conventions.SLOPE_MARK, "", f.name)
        body = "".join(ast.unparse(s) for s in f.body)
        if re.search(rf"self\.({front})\(", body) or (len(stem) > 1 and re.search(rf"\b{re.escape(stem)}\(", body)):
            return True
    return False


@functools.lru_cache(maxsize=8)
def derivatives(path: str) -> tuple[ast.FunctionDef, ...]:
    """The functions of a file whose names say derivative."""
    try:
        _, tree = parse(path)
    except (InputError, OSError, ValueError):
        return ()
    found = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    return tuple(f for f in found if re.search("prime|deriv|grad|backward", f.name.lower()))
