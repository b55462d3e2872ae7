"""Python's syntax: text to SymPy through a whitelist over the syntax tree; nothing is ever evaluated.

What a node means is one method of `Builder`, found by the node's name; a node without a method is
refused. So ``x.real``, ``lambda``, strings, comprehensions and keyword arguments never get further.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp
from sympy.logic.boolalg import Boolean

from ..errors import ReadError, did_you_mean, shorten
from ..symbols import NAME, MaxOver, Over, SumOver, entry, index, length, real
from . import limits, vocabulary
from .characters import plain
from .syntax import english, parse, prepare

REDUCTIONS = ("sum", "mean", "max", "min", "Max", "Min")
ALIASES = {"lamda": "lam", "epsilon": "eps"}  # how a declared letter may be spelled for short

_LENGTH = re.compile(r"N_(\w+)", re.ASCII)
_RELATIONS = {"Lt": sp.Lt, "LtE": sp.Le, "Gt": sp.Gt, "GtE": sp.Ge, "Eq": sp.Eq, "NotEq": sp.Ne, "Le": sp.Le,
              "Ge": sp.Ge, "Ne": sp.Ne}  # fmt: skip


def read_expression(text: str, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> sp.Expr:
    """The expression that the text says; `letters` are surely letters (e), `indices` surely indices."""
    tree = parse(prepare(plain(text)))
    found = frozenset(indices) | index_names([tree])
    return Builder(found, frozenset(letters)).expression(tree)


@cache
def field(name: str) -> vocabulary.Meaning:
    """What a function of the field means."""
    head, body = vocabulary.LINES[name]
    parameters = [p.partition("=") for p in head.split(", ")]
    defaults = tuple(read_expression(value) for _, _, value in parameters if value)
    return tuple(real(p) for p, _, _ in parameters), defaults, read_expression(body)


def index_names(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The names that stand in brackets, in a delta, or before the body of a reduction."""
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and not isinstance(node.value, ast.Constant):
                found |= _names(node.slice)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = vocabulary.SAME.get(node.func.id, node.func.id)
                if name == "delta":
                    found |= {n for a in node.args for n in _names(a)}
                elif name in ("sum", "mean"):
                    found |= {n for a in node.args[:-1] for n in _names(a)}
    return frozenset(found)


def _names(tree: ast.AST) -> set[str]:
    """The letters in a subscript; a name that is looked up there, label[n], is an array and no letter."""
    looked_up = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Subscript)}
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in looked_up}


def _counting(expr: sp.Expr) -> sp.Expr:
    """A subscript; an entry in it, as in x[n, label[n]], is a whole number."""
    entries = expr.atoms(sp.Indexed)
    return expr.xreplace({a: sp.IndexedBase(str(a.base.label), integer=True)[a.indices] for a in entries})


class Builder:
    """Turns a syntax tree into SymPy; counts what it has seen, so that every answer comes at once."""

    def __init__(self, indices: frozenset[str], letters: frozenset[str]) -> None:
        self.indices, self.letters = indices, letters
        self.seen = self.depth = 0

    def expression(self, tree: ast.expr) -> sp.Expr:
        """A whole expression: a number on the real line, not a truth value."""
        try:
            result = self.value(tree)
        except ReadError:
            raise
        except Exception as error:  # SymPy's constructors raise all kinds where an argument does not suit them
            raise ReadError(f"this has no meaning: {shorten(str(error), 120)}", mend="check the arguments") from None
        if result.has(sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I):
            raise ReadError("some part is not a real number (like 1/0, log(0), sqrt(-1))", mend="mend that part")
        return result

    def build(self, node: ast.AST) -> Any:
        self.seen += 1
        self.depth += 1
        if self.seen > limits.NODES:
            raise ReadError(f"the formula has more than {limits.NODES} parts", mend="name parts of it, or shorten it")
        if self.depth > limits.DEPTH:
            raise ReadError(f"nested more than {limits.DEPTH} deep", mend="name parts of it, or shorten it")
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            raise ReadError(f"{english(node)} has no place in a formula", mend="use numbers, letters and functions")
        result = method(node)
        self.depth -= 1
        return result

    def value(self, node: ast.AST) -> sp.Expr:
        """A number; a condition such as x > 0 counts 1 where it holds and 0 elsewhere, as in NumPy."""
        result = self.build(node)
        if _is_condition(result):
            return sp.Piecewise((sp.S.One, result), (sp.S.Zero, True))
        return result

    def condition(self, node: ast.AST) -> Boolean:
        result = self.build(node)
        if not _is_condition(result):
            raise ReadError("a condition was expected", mend="write one such as x > 0")
        return result

    # ------------------------------------------------------------ atoms

    def _Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool):
            return sp.S.true if node.value else sp.S.false
        if isinstance(node.value, int):
            return limits.check_number(sp.Integer(node.value))
        if isinstance(node.value, float) and node.value < limits.LARGEST:
            exact = Fraction(repr(node.value))
            return limits.check_number(sp.Rational(exact.numerator, exact.denominator))
        raise ReadError(f"{shorten(repr(node.value), 20)} is no real number", mend="write a number such as 0.5")

    def _Name(self, node: ast.Name) -> sp.Expr:
        name = node.id
        if name in self.letters:
            return real(name)
        if name in ALIASES and ALIASES[name] in self.letters:
            return real(ALIASES[name])
        if name in vocabulary.CONSTANTS:
            return vocabulary.CONSTANTS[name]
        if (match := _LENGTH.fullmatch(name)) and match[1] in self.indices:
            return length(index(match[1]))
        if name in self.indices:
            return index(name)
        if name == "e":
            raise ReadError(
                "e may be Euler's number or a letter", mend="write exp(1) or E for the number, else rename"
            )
        if name in ("oo", "inf", "nan", "zoo"):
            raise ReadError(f"{name} is not a real number", mend="leave it out")
        if not NAME.fullmatch(name):
            raise ReadError(
                f"{shorten(name, 40)} is no name", mend="begin with a letter; at most 32 letters and digits"
            )
        return real(name)

    def _Subscript(self, node: ast.Subscript) -> sp.Expr:
        if isinstance(node.value, ast.Constant) and node.value.value == 1:  # the indicator 1[x > 0]
            return self.value(node.slice)
        if isinstance(node.value, ast.Name) and node.value.id == "delta" and isinstance(node.slice, ast.Tuple):
            return self._call_delta(node.slice.elts)
        if isinstance(node.value, ast.Name) and node.value.id in self.indices:
            raise ReadError(
                f"{node.value.id} is an array here and an index there", mend="use another letter as index"
            )
        if not isinstance(node.value, ast.Name) or not NAME.fullmatch(node.value.id):
            raise ReadError("only a name can have indices", mend="write an entry such as x[i,k]")
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        where = [_counting(self.value(p)) for p in places]
        if not where or not all(w.is_integer for w in where):
            raise ReadError(
                f"the indices of {node.value.id} are no integers", mend="write an entry such as x[i, k+1]"
            )
        return entry(node.value.id, *where)

    # ------------------------------------------------------------ arithmetic

    def _BinOp(self, node: ast.BinOp) -> Any:
        if isinstance(node.op, ast.Add | ast.Sub):
            return sp.Add(*self._chain(node, ast.Add, ast.Sub, lambda v: -v))
        if isinstance(node.op, ast.Mult | ast.Div):
            return sp.Mul(*self._chain(node, ast.Mult, ast.Div, vocabulary.inverse))
        if isinstance(node.op, ast.Pow):
            return self._power(node)
        raise ReadError(f"{english(node.op)} has no place in a formula", mend="use + - * / ^ and functions")

    def _chain(self, node: ast.AST, keep: type, turn: type, turned: Any) -> list[sp.Expr]:
        """The members of a + b - c in order: a long sum is wide, not deep."""
        members = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, keep | turn):
            if isinstance(node.op, ast.Div) and (name := self._multiplied(node.right)):
                raise ReadError(
                    f"what is divided by {name} cannot be told", mend=f"write .../({name}*(...)) or .../{name}*(...)"
                )
            member = self.value(node.right)
            members.append(turned(member) if isinstance(node.op, turn) else member)
            node = node.left
        members.append(self.value(node))
        return members[::-1]

    def _power(self, node: ast.BinOp) -> sp.Expr:
        exponent = self.value(node.right)
        if name := self._multiplied(node.left):
            return real(name) * vocabulary.power(self.value(node.left.args[0]), exponent)  # type: ignore[attr-defined]
        if isinstance(node.left, ast.Name) and node.left.id == "e" and "e" not in self.letters:
            return self._number_checked(sp.exp(exponent))
        return self._number_checked(vocabulary.power(self.value(node.left), exponent))

    def _number_checked(self, expr: sp.Expr) -> sp.Expr:
        if not expr.is_Rational and not expr.free_symbols and not expr.has(Over):
            limits.check_size(expr)
        return limits.check_number(expr) if expr.is_Rational else expr

    def _UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return sp.Not(self.condition(node.operand))
        operand = self.value(node.operand)
        return -operand if isinstance(node.op, ast.USub) else operand

    # ------------------------------------------------------------ conditions

    def _Compare(self, node: ast.Compare) -> Boolean:
        sides = [self.value(s) for s in (node.left, *node.comparators)]
        parts = []
        for op, a, b in zip(node.ops, sides, sides[1:]):
            if type(op).__name__ not in _RELATIONS:
                raise ReadError(f"{english(op)} has no place in a formula", mend="use < <= > >= == !=")
            parts.append(self._relation(_RELATIONS[type(op).__name__], a, b))
        return sp.And(*parts) if len(parts) > 1 else parts[0]

    def _relation(self, kind: Any, a: sp.Expr, b: sp.Expr) -> Boolean:
        """A relation that SymPy can hold at once: it works numbers out, and takes cases apart."""
        if a.has(sp.Piecewise) or b.has(sp.Piecewise):
            raise ReadError(
                "a condition has cases inside", mend="write the cases out, with one where(...) in another"
            )
        if not (vocabulary.is_light(a) and vocabulary.is_light(b)):
            raise ReadError("a condition has a special function of numbers", mend="give its value as a number")
        if a.is_number and b.is_number and not (a.is_Rational and b.is_Rational):
            raise ReadError("a condition compares two numbers", mend="leave out the case that never holds")
        return kind(a, b)

    def _BoolOp(self, node: ast.BoolOp) -> Boolean:
        return (sp.And if isinstance(node.op, ast.And) else sp.Or)(*map(self.condition, node.values))

    def _IfExp(self, node: ast.IfExp) -> sp.Expr:
        return _cases((self.value(node.body), self.condition(node.test)), (self.value(node.orelse), sp.S.true))

    # ------------------------------------------------------------ functions

    def _Call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name):
            if isinstance(node.func, ast.Attribute) and node.func.attr in vocabulary.KNOWN:
                raise ReadError("dots have no place in a formula", mend=f"write {node.func.attr}(...) alone")
            raise ReadError(f"{english(node.func)} cannot be called", mend="write products with *, such as 2*(x + 1)")
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise ReadError("arguments by name or with * have no place in a formula", mend="give them in order")
        name = node.func.id
        if name.startswith("DIFF_"):
            return self._open(name, node.args)
        special = getattr(self, "_call_" + vocabulary.SAME.get(name, name), None)
        if special:
            return special(node.args)
        if name in REDUCTIONS and (bound := self._bound(node.args)) is not None:
            return self._reduce(vocabulary.SAME.get(name, name), bound, node.args[-1])
        if self._multiplied(node):
            return real(name) * self.value(node.args[0])
        if name not in vocabulary.KNOWN:
            raise self._unknown(name, node.args)
        args = tuple(self.value(a) for a in node.args)
        if name in _RELATIONS:
            if len(args) != 2:
                raise ReadError(f"{name} takes 2 arguments, not {len(args)}", mend="write it with < <= > >= == !=")
            return self._relation(_RELATIONS[name], *args)
        try:
            return self._number_checked(vocabulary.call(name, args, field))
        except ValueError as error:
            raise ReadError(str(error), mend="check the arguments") from None

    def _multiplied(self, node: ast.AST) -> str:
        """The letter in y(1 - y), where it is known for a letter and is no function's name; else nothing."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            node = node.left
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1):
            return ""
        name = node.func.id
        return name if name in self.letters and name not in vocabulary.KNOWN and not node.keywords else ""

    def _unknown(self, name: str, args: list[ast.expr]) -> ReadError:
        if name in vocabulary.OF_ARRAYS:
            indexed = f"write it with indices: {vocabulary.OF_ARRAYS[name]}"
            return ReadError(f"{name} is a function of a whole array", mend=indexed)
        near = did_you_mean(name, vocabulary.KNOWN) if len(name) > 2 else ""
        product = f"write {name}*(...) for a product" if len(args) == 1 and len(name) < 3 else ""
        return ReadError(
            f"there is no function {shorten(name, 40)}", mend="; or ".join(filter(None, (near, product)))
        )

    def _bound(self, args: list[ast.expr]) -> list[str] | None:
        """The letters before the body, where all of them are indices."""
        first = args[:-1]
        names = [a.id for a in first if isinstance(a, ast.Name)]
        inside = index_names(args[-1:]) | (self.indices - self.letters)
        return names if names and len(names) == len(first) and all(n in inside for n in names) else None

    def _reduce(self, kind: str, bound: list[str], body_node: ast.expr) -> sp.Expr:
        outer, self.indices = self.indices, self.indices | set(bound)
        body = self.value(body_node)
        self.indices = outer
        if kind == "min":
            return -_over(MaxOver, -body, bound)
        if kind == "max":
            return _over(MaxOver, body, bound)
        count = sp.Mul(*(length(index(n)) for n in bound)) if kind == "mean" else sp.S.One
        return _over(SumOver, body, bound) / count

    def _call_sum(self, args: list[ast.expr]) -> sp.Expr:
        bound = self._bound(args)
        if bound is None:
            raise ReadError("a sum needs the index it runs over", mend="write sum(k, x[i,k]*W[k,j])")
        return self._reduce("sum", bound, args[-1])

    def _call_mean(self, args: list[ast.expr]) -> sp.Expr:
        bound = self._bound(args)
        if bound is None:
            raise ReadError("a mean needs the index it runs over", mend="write mean(k, x[i,k])")
        return self._reduce("mean", bound, args[-1])

    def _call_delta(self, args: list[ast.expr]) -> sp.Expr:
        self._count("delta", args, 2)
        return sp.KroneckerDelta(*(self.value(a) for a in args))

    def _call_where(self, args: list[ast.expr]) -> sp.Expr:
        self._count("where", args, 3)
        return _cases((self.value(args[1]), self.condition(args[0])), (self.value(args[2]), sp.S.true))

    def _call_Piecewise(self, args: list[ast.expr]) -> sp.Expr:
        pairs = []
        for a in args:
            if not isinstance(a, ast.Tuple) or len(a.elts) != 2:
                raise ReadError("Piecewise takes pairs", mend="write Piecewise((x, x > 0), (0, True))")
            pairs.append((self.value(a.elts[0]), self.condition(a.elts[1])))
        if not pairs:
            raise ReadError("Piecewise needs a case", mend="write Piecewise((x, x > 0), (0, True))")
        return _cases(*pairs)

    def _call_Rational(self, args: list[ast.expr]) -> sp.Expr:
        self._count("Rational", args, 1, 2)
        return self.value(args[0]) * (vocabulary.inverse(self.value(args[1])) if len(args) == 2 else 1)

    def _call_And(self, args: list[ast.expr]) -> Boolean:
        return sp.And(*map(self.condition, args))

    def _call_Or(self, args: list[ast.expr]) -> Boolean:
        return sp.Or(*map(self.condition, args))

    def _call_Not(self, args: list[ast.expr]) -> Boolean:
        self._count("Not", args, 1)
        return sp.Not(self.condition(args[0]))

    def _open(self, name: str, args: list[ast.expr]) -> sp.Expr:
        _, order, letter = name.split("_", 2)
        self._count("d/d" + letter, args, 1)
        body, variable = self.value(args[0]), self._Name(ast.Name(letter))
        return vocabulary.call("D", (body, variable, sp.Integer(order)))

    def _count(self, name: str, args: list[ast.expr], least: int, most: int | None = None) -> None:
        if not least <= len(args) <= (most or least):
            wanted = f"{least} to {most}" if most else str(least)
            raise ReadError(f"{name} takes {wanted} arguments, not {len(args)}", mend="check parentheses and commas")


def _is_condition(value: Any) -> bool:
    return isinstance(value, Boolean) and not isinstance(value, sp.Expr)  # a Symbol is both


def _cases(*pairs: tuple[sp.Expr, Boolean]) -> sp.Expr:
    return sp.Piecewise(*pairs)


def _over(kind: type, body: sp.Expr, bound: list[str]) -> sp.Expr:
    for name in reversed(bound):
        body = kind(body, index(name))
    return body
