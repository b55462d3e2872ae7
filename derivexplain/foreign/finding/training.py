"""Training: methods that run forward and step their weights at once, ``train(X, y)``, read as forward and backward.

What stands before the targets are read is forward, one turn of the loop is backward. The lines stay where they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..asking.stepping import knob, shrinks
from ..text.things import matches, normal
from .steps import called, counts, moved, moves, names, reads, shrinking
from .turns import Turn, unmixed, unshuffled, whole_turn

TRAIN = (
    r"_*(train|fit|learn|partial_?fit|gradient_?descent|optimi[sz]e|update)"
    r"(ing|_?step|_?one|_?batch|_?on_?batch|_?epoch|_?network|_?weights|_?model)*"
)
DRAWN = r"\b(shuffle|permutation|choice|randint|sample)\("


@dataclass
class Training:
    """One method that trains: its arguments, and the lines of one turn of it."""

    method: ast.FunctionDef
    data: str
    target: str
    kept: set[str]  # the attributes that the class's methods keep
    steppers: dict[str, set[str]]  # the methods that take a step, and the attributes that they move
    makers: dict[str, set[str]] = field(default_factory=dict)  # the methods that keep something, and what
    before: list[ast.stmt] = field(default_factory=list)  # what stands before the loop
    loops: list[tuple[ast.For, Turn]] = field(default_factory=list)  # with what each takes in its one turn
    body: list[ast.stmt] = field(default_factory=list)
    given: str = ""  # what the targets are called that a method without arguments finds kept, if it takes the step

    @cached_property
    def stepped(self) -> set[str]:
        """The attributes that it moves."""
        return {n for s in ast.walk(self.method) if isinstance(s, ast.stmt) for n in self.moved(s)}

    @cached_property
    def labels(self) -> set[str]:
        """The targets, and what is made of them alone before forward ends."""
        known = {self.target, *([self.given] if self.given else [])}
        known |= {n for _, turn in self.loops for n in turn.targets}
        for s in (*self.before, *self.body):
            if isinstance(s, ast.Assign) and self.of_them(s.value, known):
                known |= {n for t in s.targets for n in names(t, ast.Store) if "." not in n}
        return known

    def of_them(self, value: ast.AST, known: set[str]) -> bool:
        """Whether a value is made of the targets, and of settings that stay as they are, alone."""
        read = reads(value) - {ast.unparse(f) for f in called(value)}  # self.one_hot(y)
        fixed = {n for n in read if n.startswith("self.") and n[5:] not in self.stepped}
        return bool(read & known) and not read - known - OUTSIDE - fixed - self.indices

    @property
    def indices(self) -> set[str]:
        """What tells an example's place, or how many there are."""
        found = {n for _, turn in self.loops for n in turn.indices}
        given = {a.arg for a in (*self.method.args.args, *self.method.args.kwonlyargs)} - {self.data, self.target}
        asked = rf"\b{re.escape(self.data)}\.shape(\[0\])?|\blen\({re.escape(self.data)}\)"
        for s in (*self.before, *self.body):
            if isinstance(s, ast.Assign):
                known = re.sub(asked, "0", unshuffled(ast.unparse(s.value)))
                read = {n for n in reads(ast.parse(known)) if n[:5] != "self." or n[5:] in self.stepped}
                if not read - OUTSIDE - given - found:
                    found |= {n for n in names(s, ast.Store) if "." not in n}
        return found

    @property
    def single(self) -> bool:
        """Whether each step is taken for one example, which is given alone here."""
        return any(turn.single for _, turn in self.loops)

    def turn(self) -> bool:
        """Find the loop's one turn; False where each takes a part of the examples, or a random one."""
        self.body, self.before = self.method.body, []
        while True:
            self.body = [o for s in self.body for o in unmixed(s)]
            inner = [s for s in self.body if isinstance(s, ast.For | ast.While) and self.steps_in(s)]
            if len(inner) != 1 or not reads(inner[0]) & {self.target, *self.labels}:
                break
            loop, at = inner[0], self.body.index(inner[0])
            if not isinstance(loop, ast.For) or loop.orelse:
                return False
            turn = whole_turn(loop, self.data, self.target)
            if turn is None and counts(loop.iter, {self.data, self.target}):
                turn = Turn("[1]")
            if turn is None:
                return False
            self.before += self.body[:at]
            self.loops, self.body = [*self.loops, (loop, turn)], loop.body
            del self.__dict__["labels"]
        return not re.search(DRAWN, unshuffled(ast.unparse(self.method)))

    def helper(self, made: list[ast.FunctionDef]) -> Training | None:
        """The same as the method that takes each step of kept data and targets, ``self.update_weights()``."""
        top = self.method.body
        loops = [s for s in top if isinstance(s, ast.For) and counts(s.iter, {self.data, self.target})]
        calls = [re.fullmatch(r"self\.(\w+)\(\)", ast.unparse(s)) for loop in loops for s in loop.body]
        steps = [m for c in calls if c for m in made if m.name == c[1] in self.steppers]
        kept = [s for s in top if isinstance(s, ast.Assign) and ast.unparse(s.value) == self.target]
        if len(loops) != 1 or len(steps) != 1 or len(kept) != 1:
            return None
        before, target = top[: top.index(loops[0])], ast.unparse(kept[0].targets[0])
        found = Training(steps[0], self.data, target, self.kept, {}, {}, before, [], steps[0].body, self.target)
        return found if found.stepped and not re.search(DRAWN, ast.unparse(steps[0])) else None

    def steps_in(self, node: ast.stmt) -> bool:
        return any(isinstance(s, ast.stmt) and self.moved(s) for s in ast.walk(node))

    def resets(self, s: ast.stmt) -> bool:
        return reset(s, self)

    def moved(self, s: ast.stmt) -> set[str]:
        """The attributes that a line moves, or the method that it calls: ``self.update(dW, db)``."""
        asked = s.value if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) else None
        own = isinstance(asked.func, ast.Attribute) and ast.unparse(asked.func.value) == "self" if asked else False
        steps = self.steppers.get(asked.func.attr, set()) if own else set()  # type: ignore[union-attr]
        return steps | ({n} if (n := moved(s)) else set())

    def cut(self) -> tuple[int, str] | None:
        """At which line of the turn the output is first held against the targets, and what the output is."""
        made = {n for s in self.before for n in names(s, ast.Store)}
        for k, s in enumerate(self.body):
            taken = reads(s)
            if taken & self.labels and not self.only_labels(s):
                asked = ast.Expr(s.test) if isinstance(s, ast.If) and reads(s.test) & self.labels else s
                return None if isinstance(asked, BLOCKS) else self.output(k, asked, made)
            if self.steps_in(s) and isinstance(s, BLOCKS):
                return None
        return None

    def only_labels(self, s: ast.stmt) -> bool:
        return isinstance(s, ast.Assign) and self.of_them(s.value, self.labels)

    def output(self, k: int, s: ast.stmt, made: set[str]) -> tuple[int, str] | None:
        for n in ast.walk(s):
            if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub):
                for one, other in ((n.left, n.right), (n.right, n.left)):
                    if self.of_them(one, self.labels) and self.beyond(other):
                        return k, ast.unparse(other)
        for n in decided(s):  # y * score >= 1
            for one, other in ((n.left, n.right), (n.right, n.left)):
                if self.of_them(one, self.labels) and self.beyond(other):
                    return k, ast.unparse(other)
        done = {n for b in self.body[:k] for n in names(b, ast.Store)} - made
        calls = any("self." in ast.unparse(f) for b in self.body[:k] for f in called(b))
        held = {n for n in reads(s) if n in done or (calls and n in self.kept and n[5:] not in self.stepped)}
        held -= {ast.unparse(f).removesuffix(".append") for f in called(s)} | self.indices  # self.costs.append(...)
        return (k, held.pop()) if len(held) == 1 else None

    def unstated(self, conventions: Any) -> list[ast.expr]:
        """What steps have of the weights themselves, for a penalty whose strength nothing names: it is built in."""
        made = {n for s in self.before for n in names(s, ast.Store)} - self.labels
        given = {a.arg for a in (*self.method.args.args, *self.method.args.kwonlyargs)}
        fixed = {n for n in reads(self.method) if n.startswith("self.") and n[5:] not in self.stepped}
        settled = OUTSIDE | made | given | fixed | {"np.sign"}
        text = ast.unparse(self.method)
        kept = {n: n.removeprefix("self.") for n in reads(self.method)}
        asked = {n for n, own in kept.items() if told(normal(own), conventions) or shrinks(own, text)}
        settled -= {self.data, self.target, *asked}
        k, output = self.cut() or (len(self.body), "")
        lines = [s for b in self.body[k:] for s in ast.walk(b) if isinstance(s, ast.stmt)]
        held = [n for s in self.body[k : k + 1] for n in ast.walk(s) if isinstance(n, ast.expr)]
        inside = {id(d) for n in held if ast.unparse(n) == output for d in ast.walk(n)}
        return [e for e in shrinking(lines, self.stepped, settled) if id(e) not in inside]

    def alone(self, text: str) -> str:
        """The same where one example is given without its axis."""
        if not self.single:
            return text
        own = re.escape(self.data)
        return re.sub(rf"\blen\({own}\)", "1", re.sub(rf"\b{own}\.shape\b", f"(1, *{self.data}.shape)", text))

    def beyond(self, value: ast.AST) -> bool:
        """Whether a value is made of more than the targets, and not of both."""
        read = reads(value) - OUTSIDE - self.indices
        return bool(read) and not read & self.labels


BLOCKS = (ast.For, ast.While, ast.If, ast.With)
OUTSIDE = {"np", "numpy", "len", "self", "float", "int"}


def decides(method: ast.FunctionDef) -> bool:
    """Whether a method gives a decision, ``np.where(z >= 0, 1, -1)``: of that there is no slope."""
    given = [ast.unparse(n.value) for n in ast.walk(method) if isinstance(n, ast.Return) and n.value]
    return any(re.search(r"where\(.*[<>]|sign\(|[<>]=? *[\d.]+\)?\.astype|\b1(\.0)? if\b", text) for text in given)


def decided(s: ast.AST) -> Iterator[ast.BinOp]:
    """The products that are held against a bound, ``y * score >= 1``, or ``1 - y * score``."""
    for n in ast.walk(s):
        sides = [n.left, *n.comparators] if isinstance(n, ast.Compare) else []
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub) and isinstance(n.left, ast.Constant):
            sides = [n.right]
        yield from (e for e in sides if isinstance(e, ast.BinOp) and isinstance(e.op, ast.Mult))


def trainings(node: ast.ClassDef, conventions: Any, always: bool = False) -> Iterator[Training]:
    """The methods of a class that train it on data and targets, all at once; `always`: whatever they are called."""
    told = f"{conventions.TARGET}|y"
    made = [m for m in node.body if isinstance(m, ast.FunctionDef) and m.name != "__init__"]
    inside = {n for m in made for n in names(m, ast.Store) if n.startswith("self.")}
    for m in made:
        if m.decorator_list or not (always or re.fullmatch(TRAIN, m.name.lower())):
            continue
        args = [a.arg for a in m.args.args]
        if len(args) < 3 or m.args.vararg or m.args.kwarg or not matches(told, normal(args[2])):
            continue
        others = [o for o in made if o is not m]
        makers = {o.name: {n[5:] for n in names(o, ast.Store) if n.startswith("self.")} for o in others}
        steppers = {o.name: steps for o in others if (steps := moves(o))}
        found = Training(m, args[1], args[2], inside, steppers, makers)
        if not found.stepped or not found.turn():
            continue
        found = found.helper(made) or found
        if (cut := found.cut()) and any(decides(o) for o in made if f"self.{o.name}(" in cut[1]):
            continue
        if not re.search(conventions.OPTIMISER, ast.unparse(m) + ast.unparse(found.method)):
            yield found


def makes_its_own(node: ast.ClassDef, conventions: Any) -> bool:
    """Whether nothing but its training makes what a class learns: no other method runs before."""
    init = next((m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"), None)
    held = names(init, ast.Store) if init else set()
    found = ({f"self.{n}" for n in t.stepped} for t in trainings(node, conventions) if any(map(t.resets, t.before)))
    return any(not stepped & held for stepped in found)


def told(name: str, conventions: Any) -> bool:
    """Whether a name says that it is the strength of a penalty: it is switched off, and on."""
    return matches(conventions.PENALTY, name) or knob(name, conventions) == "=0.0"


def reset(s: ast.stmt, found: Training) -> bool:
    """Whether a line before the loop makes the weights."""
    return bool(stored(s, found) & found.stepped)


def stored(s: ast.stmt, found: Training) -> set[str]:
    """The attributes that a line sets, or the method that it calls: ``self._init_weights(d, k)``."""
    kept = {n[5:] for n in names(s, ast.Store) if n.startswith("self.")}
    asked = [ast.unparse(f) for f in called(s)] if isinstance(s, ast.Expr) else []
    return kept | {a for n, made in found.makers.items() if f"self.{n}" in asked for a in made}
