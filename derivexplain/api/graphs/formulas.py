"""The graph of a formula: one operator a node in the order it was written, what occurs twice computed once.

The reader checks the text first; then the syntax tree is walked, because SymPy would sort the operands.
What the catalogue has no layer for becomes a node of its own (`elementary`).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sympy as sp

from ... import reading
from ...digits import decimal
from ...errors import InputError, did_you_mean
from ...layers import catalogue
from ...reading.characters import plain
from ...reading.python import Builder, parse, prepare
from ...symbols import output_name
from .elementary import elementary

if TYPE_CHECKING:
    from .graph import Graph, Value

SAME = {"ln": "log", "max": "maximum", "min": "minimum", "Abs": "abs", "Max": "maximum"}


def from_formula(graph: Graph, formula: Any, values: Mapping[str, Any]) -> Graph:
    """Build the graph of a text or of SymPy into an empty graph; `values` are its inputs' numbers."""
    text = str(in_decimals(formula)) if isinstance(formula, sp.Basic) else formula
    if not isinstance(text, str):
        raise InputError(f"a {type(formula).__name__} is no formula", mend="give a text such as '(x + y)*z'")
    if "\\" in text:
        text = str(reading.read(text))
    equations = reading.read_equations(text)
    if any(e.rhs.atoms(sp.Indexed) or not e.lhs.is_Symbol for e in equations):
        raise InputError(
            "a graph of a formula works on numbers, this one has indices",
            mend="in Python, arrays go through layers: Graph.from_layers([Affine(W, b), Relu()], x=x)",
            read=text,
        )
    bodies = [line.partition("=")[2] if _defines(line) else line for line in reading.lines(text)]
    trees = [parse(prepare(plain(body))) for body in bodies]
    names = [e.lhs.name for e in equations]
    found = [n for t in trees for n in sorted((n for n in ast.walk(t) if isinstance(n, ast.Name)), key=_place)]
    used = [n.id for n in found]
    functions = {n.func.id for t in trees for n in ast.walk(t) if isinstance(n, ast.Call)}
    free = {s.name for e in equations for s in e.rhs.free_symbols} - set(names)
    inputs = [n for n in dict.fromkeys(used) if n in free and n not in functions | set(names)]
    values = {plain(name): value for name, value in values.items()}  # α is alpha
    for name in values:
        if name in names and name not in inputs and len(names) == 1:
            raise InputError(
                f"the graph has a cycle: {name} -> {name}", mend="give the result a name of its own", read=text
            )
        if name not in inputs:
            raise InputError(f"the formula has no letter '{name}'", mend=did_you_mean(name, inputs), read=text)
    if len(names) == 1 and names[0] in inputs:
        names = [output_name(inputs)]
    known = {name: graph.input(name, values.get(name)) for name in inputs}
    walker = _Walker(graph, known | {name: graph.value(name) for name in names})  # also before it is defined
    for name, tree in zip(names, trees):
        walker.define(name, tree)
    return graph


def in_decimals(formula: sp.Basic) -> sp.Basic:
    """With decimals for the numbers that are read as such: else one of them is two nodes, *8943 and /200000."""
    long = {n: sp.Float(text) for n in formula.atoms(sp.Rational) if (text := decimal(n.p, n.q))}
    return formula.xreplace(long)


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _defines(line: str) -> bool:
    return "=" in line.replace("<=", "").replace(">=", "").replace("==", "").replace("!=", "")


class _Walker:
    """Turns a syntax tree into nodes; equal subtrees give the same value."""

    def __init__(self, graph: Graph, known: dict[str, Value]) -> None:
        self.graph, self.known = graph, known
        self.done: dict[str, Value] = {}
        self.count = 0
        self.wanted = ""

    def define(self, name: str, tree: ast.expr) -> None:
        """The value of an equation's right side, under the name of its left side."""
        self.wanted, self.top = name, tree
        if not self.names(tree):
            raise InputError(f"{name} is a constant", mend="a graph needs a letter")
        value = self.value(tree)
        if value.name != name:
            raise InputError(
                f"the formula of '{name}' is '{value.name}' and nothing more", mend="a graph needs an operation"
            )

    def value(self, node: ast.expr) -> Any:
        """The value of a subtree: a Value, or a plain number where it has no letters."""
        if not self.names(node):
            return _number(node)
        if isinstance(node, ast.Name):
            return self.known[node.id]
        key = ast.dump(node)
        if key not in self.done:
            self.done[key] = self.node(node)
        return self.done[key]

    def names(self, node: ast.expr) -> list[str]:
        return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in self.known]

    def node(self, node: ast.expr) -> Any:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self.apply(node, "neg", node.operand)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
            return self.value(node.operand)
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Pow):
                return self.power(node)
            kind = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}.get(type(node.op))
            if kind == "div" and not self.names(node.left) and _number(node.left) == 1:
                return self.apply(node, "reciprocal", node.right)
            if kind:
                return self.apply(node, kind, node.left, node.right)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = SAME.get(node.func.id, node.func.id)
            if node.func.id in ("relu", "max") and len(node.args) == 2 and "relu" in catalogue:
                for zero, other in (node.args, node.args[::-1]):
                    if not self.names(zero) and _number(zero) == 0:
                        return self.apply(node, "relu", other)
            if name in catalogue and len(catalogue[name].inputs()) == len(node.args):
                return self.apply(node, name, *node.args)
            if all(not isinstance(a, ast.Compare) for a in node.args):
                return self.own(node, node.func.id, list(node.args))
        return self.own(node, "f", [])

    def power(self, node: ast.BinOp) -> Any:
        if isinstance(node.left, ast.Name) and node.left.id in ("e", "E") and node.left.id not in self.known:
            return self.apply(node, "exp", node.right)
        if not self.names(node.right):
            exponent = _number(node.right)
            known = {2: "square", 0.5: "sqrt", -1: "reciprocal"}.get(exponent)
            if exponent == 1:
                return self.value(node.left)
            if known:
                return self.apply(node, known, node.left)
            return self.own(node, f"^{exponent}", [node.left])
        return self.own(node, "^", [node.left, node.right])

    def apply(self, node: ast.expr, layer: str, *operands: ast.expr) -> Any:
        """A node of the catalogue, where it has the layer and it takes these operands."""
        if layer not in catalogue or len(catalogue[layer].inputs()) != len(operands):
            return self.own(node, layer, list(operands))
        values = [self.value(o) for o in operands]
        return getattr(self.graph, layer)(*values, name=self.name(node))

    def own(self, node: ast.expr, title: str, operands: list[ast.expr]) -> Any:
        """A node for what the catalogue lacks: its formula in the letters of its operands."""
        if not operands or len({ast.dump(o) for o in operands if self.names(o)}) < len(operands):
            letters = list(dict.fromkeys(self.names(node)))
            values, expr = [self.known[n] for n in letters], Builder(frozenset(), frozenset()).expression(node)
        else:
            values, letters, stood = [], [], dict(zip(map(ast.dump, operands), "abcdefgh"))
            for operand in operands:
                letters.append(stood[ast.dump(operand)])
                values.append(self.value(operand))
            expr = Builder(frozenset(), frozenset(letters)).expression(_Stand(stood).visit(node))
        return self.graph.apply(elementary(expr, letters, title), *values, name=self.name(node))

    def name(self, node: ast.expr) -> str:
        """The wanted name for the whole; v1, v2, ... for what is on the way."""
        if node is self.top:
            return self.wanted
        while True:
            self.count += 1
            name = f"v{self.count}"
            if name not in self.known and name != self.wanted:
                return name


class _Stand(ast.NodeTransformer):
    """Puts letters where operands stood, at the first level only."""

    def __init__(self, letters: dict[str, str]) -> None:
        self.letters = letters

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and ast.dump(node) in self.letters:
            return ast.Name(self.letters[ast.dump(node)], ast.Load())
        return super().visit(node) if isinstance(node, ast.expr) else node


def _number(node: ast.expr) -> int | float:
    """The number of a subtree without letters; whole numbers stay whole."""
    value = Builder(frozenset(), frozenset()).expression(node)
    return int(value) if value.is_Integer else float(value)
