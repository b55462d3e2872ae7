"""Training: methods that run forward and step their weights at once, ``train(X, y)``, read as forward and backward.

What stands before the targets are read is forward, one turn of the loop is backward. The lines stay where they are.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...checking.subject import Source
from ..building.learnt import floats
from ..text.modules import Module
from ..text.things import Methods, matches, normal

TRAIN = (
    r"_*(train|fit|learn|partial_?fit|gradient_?descent|optimi[sz]e|update)"
    r"(ing|_?step|_?one|_?batch|_?on_?batch|_?epoch|_?network|_?weights|_?model)*"
)
DRAWN = r"\b(shuffle|permutation|choice|randint|sample)\b"
FORWARD, BACKWARD, NUMBER = "_derivexplain_forward", "_derivexplain_backward", "_derivexplain_number"
COST = r"(total|train(ing)?|batch|current|epoch)?(loss|cost|j|mse|error)(es)?"
MOVES = (ast.Add, ast.Sub)


@dataclass
class Training:
    """One method that trains: its arguments, and the lines of one turn of it."""

    method: ast.FunctionDef
    data: str
    target: str
    kept: set[str]  # the attributes that the class's methods keep
    steppers: dict[str, set[str]]  # the methods that take a step, and the attributes that they move
    before: list[ast.stmt] = field(default_factory=list)  # what stands before the loop
    loops: list[ast.For] = field(default_factory=list)
    body: list[ast.stmt] = field(default_factory=list)
    given: str = (
        ""  # where a method without arguments takes each step: what the targets are called that it finds kept
    )

    @cached_property
    def stepped(self) -> set[str]:
        """The attributes that it moves."""
        return {n for s in ast.walk(self.method) if isinstance(s, ast.stmt) for n in self.moved(s)}

    @cached_property
    def labels(self) -> set[str]:
        """The targets, and what is made of them alone before forward ends."""
        return self.made_of_labels([*self.before, *self.body])

    def made_of_labels(self, lines: list[ast.stmt]) -> set[str]:
        known = {self.target, *([self.given] if self.given else [])}
        for s in lines:
            if isinstance(s, ast.Assign) and taken(s.value) & known and not taken(s.value) - known - OUTSIDE:
                known |= {n for t in s.targets for n in names(t, ast.Store) if "." not in n}
        return known

    def turn(self) -> bool:
        """Find the loop's one turn; False where each takes a part of the examples, or a random one."""
        self.body = self.method.body
        while True:
            inner = [s for s in self.body if isinstance(s, ast.For | ast.While) and self.steps_in(s)]
            if len(inner) != 1:
                break
            loop, at = inner[0], self.body.index(inner[0])
            known = self.made_of_labels([*self.before, *self.body[:at]])
            if not any(reads(s) & known for s in loop.body):
                break
            if not isinstance(loop, ast.For) or not counts(loop.iter, {self.data, self.target}) or loop.orelse:
                return False
            self.before, self.loops, self.body = [*self.before, *self.body[:at]], [*self.loops, loop], loop.body
        return not re.search(DRAWN, ast.unparse(self.method))

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
        found = Training(steps[0], self.data, target, self.kept, {}, before, [], steps[0].body, self.target)
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
            if reads(s) & self.labels and not self.only_labels(s):
                return None if isinstance(s, ast.For | ast.While | ast.If | ast.With) else self.output(k, s, made)
            if self.steps_in(s):
                return None
        return None

    def only_labels(self, s: ast.stmt) -> bool:
        return isinstance(s, ast.Assign) and not taken(s.value) - self.labels - OUTSIDE

    def output(self, k: int, s: ast.stmt, made: set[str]) -> tuple[int, str] | None:
        for n in ast.walk(s):
            if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub):
                for one, other in ((n.left, n.right), (n.right, n.left)):
                    alone = reads(one) - OUTSIDE
                    if alone and alone <= self.labels and reads(other) - OUTSIDE - self.labels:
                        return k, ast.unparse(other)
        done = {n for b in self.body[:k] for n in names(b, ast.Store)} - made
        calls = any("self." in ast.unparse(f) for b in self.body[:k] for f in called(b))
        held = {n for n in reads(s) if n in done or (calls and n in self.kept and n[5:] not in self.stepped)}
        held -= {ast.unparse(f).removesuffix(".append") for f in called(s)}  # self.costs.append(...)
        return (k, held.pop()) if len(held) == 1 else None


def called(node: ast.AST) -> list[ast.expr]:
    """What is called in it."""
    return [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]


OUTSIDE = {"np", "numpy", "len", "self", "float", "int"}


def reads(node: ast.AST) -> set[str]:
    """The names that are read, attributes with their self."""
    return names(node, ast.Load)


def taken(value: ast.expr) -> set[str]:
    """The names that it is worked out of, but for those of what is called: ``self.one_hot(y)``."""
    return reads(value) - {ast.unparse(f) for f in called(value)}


def names(node: ast.AST, how: type) -> set[str]:
    found = set()
    inside = {id(n.value) for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    for n in ast.walk(node):
        at = n
        if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store):
            while isinstance(at, ast.Subscript):
                at = at.value
            if isinstance(at, ast.Name | ast.Attribute) and how is ast.Store:
                found.add(ast.unparse(at))
        elif isinstance(n, ast.Name) and (isinstance(n.ctx, how) or (how is ast.Load and augmented(n, node))):
            if n.id != "self" or id(n) not in inside:
                found.add(n.id)
        elif isinstance(n, ast.Attribute) and isinstance(n.ctx, how) and ast.unparse(n.value) == "self":
            found.add(f"self.{n.attr}")
    return found


def augmented(name: ast.Name, node: ast.AST) -> bool:
    return any(isinstance(n, ast.AugAssign) and name in ast.walk(n.target) for n in ast.walk(node))


def moved(s: ast.stmt) -> str:
    """The attribute that a line moves: ``self.W -= rate * dW``, ``self.W = self.W - ...``; "" where it is none."""
    at: ast.expr | None = None
    if isinstance(s, ast.AugAssign) and isinstance(s.op, MOVES):
        at = s.target
    elif isinstance(s, ast.Assign) and isinstance(s.value, ast.BinOp) and isinstance(s.value.op, MOVES):
        same = ast.unparse(s.value.left) == ast.unparse(s.targets[0])
        at = s.targets[0] if same else None
    while isinstance(at, ast.Subscript):
        at = at.value
    return at.attr if isinstance(at, ast.Attribute) and ast.unparse(at.value) == "self" else ""


def moves(method: ast.FunctionDef) -> set[str]:
    """The attributes that a method moves by gradients that it is given, or that are kept."""
    return {n for s in ast.walk(method) if isinstance(s, ast.stmt) and (n := moved(s))}


def counts(over: ast.expr, data: set[str]) -> bool:
    """Whether a loop only counts its turns: ``range(epochs)``, ``tqdm(range(self.n_iters))``."""
    while isinstance(over, ast.Call) and over.args and ast.unparse(over.func).split(".")[-1] in ("tqdm", "trange"):
        over = over.args[0]
    ranged = isinstance(over, ast.Call) and ast.unparse(over.func) == "range"
    return ranged and not reads(over) & data and (len(over.args) == 1 or ast.unparse(over.args[0]) in ("0", "1"))


def trainings(node: ast.ClassDef, conventions: Any) -> Iterator[Training]:
    """The methods of a class that train it on data and targets, all at once."""
    told = f"{conventions.TARGET}|y"
    made = [m for m in node.body if isinstance(m, ast.FunctionDef) and m.name != "__init__"]
    inside = {n for m in made for n in names(m, ast.Store) if n.startswith("self.")}
    for m in made:
        if not re.fullmatch(TRAIN, m.name.lower()) or m.decorator_list:
            continue
        args = [a.arg for a in m.args.args]
        if len(args) < 3 or m.args.vararg or m.args.kwarg or not matches(told, normal(args[2])):
            continue
        found = Training(
            m, args[1], args[2], inside, {o.name: steps for o in made if o is not m and (steps := moves(o))}
        )
        if not found.stepped or not found.turn():
            continue
        found = found.helper(made) or found
        if not re.search(conventions.OPTIMISER, ast.unparse(m) + ast.unparse(found.method)):
            yield found


def makes_its_own(node: ast.ClassDef, conventions: Any) -> bool:
    """Whether nothing but its training makes what a class learns: no other method runs before."""
    init = next((m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"), None)
    held = names(init, ast.Store) if init else set()
    found = ({f"self.{n}" for n in t.stepped} for t in trainings(node, conventions) if any(map(t.resets, t.before)))
    return any(not stepped & held for stepped in found)


def trained(node: ast.ClassDef, cls: type, module: Module, conventions: Any) -> Methods | None:
    """A class that trains itself, as one with a forward and a backward; None where it is none."""
    for found in trainings(node, conventions):
        if (cut := found.cut()) is None:
            continue
        lines = module.text.split("\n")
        text = (
            one_turn(found, module) if not found.given else lines[found.method.lineno - 1 : found.method.end_lineno]
        )
        whole = [*lines[: found.method.lineno - 1], *text, *lines[found.method.end_lineno :]]
        body = "\n".join(whole[node.lineno - 1 : node.end_lineno])
        source = Source(module.path, body, node.lineno)
        space = module.names
        try:
            tree = ast.parse("\n" * (node.lineno - 1) + body)
            front = ast.parse("\n" * (len(lines) + 1) + forward(found, *cut) + backward(found))
            if lacking(front, space):
                continue
            made: dict[str, Any] = {}
            exec(compile(tree, module.path, "exec"), space, made)
            exec(compile(front, module.path, "exec"), space, made)
            exec(stated(found, cut[1], conventions), space, made)
        except Exception:
            continue
        again = made[node.name]
        for name in {FORWARD, BACKWARD} & made.keys():
            made[name].half = found.method.name
            setattr(again, name, made[name])
        setattr(again, NUMBER, staticmethod(floats))
        again.__derivexplain_source__ = source
        if "cost" in made and not any(re.fullmatch(conventions.COST_BESIDE[0], n.lower()) for n in vars(cls)):
            again.cost = made["cost"]
        bare = object.__new__(again)
        back = made[BACKWARD].__get__(bare) if found.given else getattr(bare, found.method.name)
        return Methods(node.name, getattr(bare, FORWARD), back, False, source, cls=again)
    return None


def one_turn(found: Training, module: Module) -> list[str]:
    """The method's own lines, its loops gone through once, and weights left as they are before."""
    lines = module.text.split("\n")
    counted = {n for loop in found.loops for n in reads(loop.iter)}
    for a in found.method.args.args:  # how often is nobody's business here
        if a.arg in counted:
            place = a.lineno - 1
            lines[place] = re.sub(rf"\b{a.arg}\b(?! *[:=])", f"{a.arg}=1", lines[place], count=1)
    for loop in found.loops:
        head = lines[loop.lineno - 1]
        indent = head[: len(head) - len(head.lstrip())]
        last = loop.body[0].lineno - 1
        for k in range(loop.lineno - 1, last):
            lines[k] = ""
        lines[loop.lineno - 1] = f"{indent}for {ast.unparse(loop.target)} in [1]:"
    made: set[int] = set()
    for s in found.before:
        if reset(s, found) and s.lineno not in made:  # it stays in the text: who reads it sees that it is stored
            made.add(s.lineno)
            head = lines[s.lineno - 1]
            lines[s.lineno - 1] = f"{head[: s.col_offset]}if False: {head[s.col_offset :]}"
    for r in ast.walk(found.method):
        noted = isinstance(r, ast.Expr) and writes_down(r, found.method)
        if isinstance(r, ast.Return | ast.Expr) and (noted or isinstance(r, ast.Return)):  # a cost: no gradient
            blank(r, lines)
    return lines[found.method.lineno - 1 : found.method.end_lineno]


def writes_down(s: ast.Expr, method: ast.FunctionDef) -> bool:
    """Whether a line only notes how far the training is, which nothing reads: ``self.scores.append(...)``."""
    kept = re.match(r"self\.(\w+)\.append\(", ast.unparse(s))
    again = kept and re.search(rf"self\.{kept[1]}\b(?!\.append\(| = )", ast.unparse(method))
    return bool(kept) and not again


def blank(s: ast.stmt, lines: list[str]) -> None:
    """Do nothing where a line stands that begins with it."""
    head = lines[s.lineno - 1][: s.col_offset]
    for k in range(s.lineno - 1, s.end_lineno or s.lineno):
        lines[k] = ""
    lines[s.lineno - 1] = f"{head}pass"


def reset(s: ast.stmt, found: Training) -> bool:
    """Whether a line before the loop makes the weights."""
    kept = {n[5:] for n in names(s, ast.Store) if n.startswith("self.")}
    return bool(kept & found.stepped)


def forward(found: Training, k: int, output: str) -> str:
    """The text of what gives the output that is held against the targets."""
    free = [s for s in found.before if not reset(s, found) and not asks(s)]
    plain = [s for b in free for s in ([b] if not reads(b) & found.labels else classes(b, found.labels))]
    makes = [s for s in found.before if reset(s, found)]
    first = [n for s in makes for n in sorted(names(s, ast.Store)) if n[5:] in found.stepped][:1]
    lines = [f"def {FORWARD}(self, {found.data}):"]
    lines += indented(plain, 4)
    if makes:
        lines += [f"    if getattr(self, {first[0][5:]!r}, None) is None:", *indented([*map(as_array, makes)], 8)]
    lines += indented([s for s in found.body[:k] if not reads(s) & found.labels], 4)
    return "\n".join([*lines, f"    return {output}"])


def backward(found: Training) -> str:
    """The text of what is given the targets where a method without arguments takes the step."""
    if not found.given:
        return ""
    told = [s for s in found.before if found.only_labels(s) and reads(s) & found.labels]
    lines = [f"def {BACKWARD}(self, {found.given}):", *indented(told, 4), f"    self.{found.method.name}()"]
    return "\n".join(["", *lines])


def as_array(s: ast.stmt) -> ast.stmt:
    """Weights that begin as numbers, ``self.b = 0``, as arrays of one: they are learnt as the others are."""
    if not isinstance(s, ast.Assign):
        return s
    several = isinstance(s.value, ast.Tuple)
    values = [*map(as_learnt, s.value.elts if isinstance(s.value, ast.Tuple) else [s.value])]
    made = ast.Assign(s.targets, ast.Tuple(values, ast.Load()) if several else values[0])
    return ast.copy_location(made, s)


def as_learnt(value: ast.expr) -> ast.expr:
    bare = value
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("np.float64", "float") and value.args:
        bare = value.args[0]
    if isinstance(bare, ast.Constant) and type(bare.value) in (int, float):
        return ast.parse(f"self.{NUMBER}({bare.value!r})", mode="eval").body
    return value


def stated(found: Training, output: str, conventions: Any) -> str:
    """The text of the cost that the turn works out of its output and the targets; "" where it has none."""
    plain = re.fullmatch(r"[\w.]+", output) is not None and not found.given
    for s in found.body if plain else ():
        named = isinstance(s, ast.Assign) and re.fullmatch(COST, normal(ast.unparse(s.targets[0]).split(".")[-1]))
        if named and {output, found.target} <= reads(s.value):
            whole = re.sub(rf"(?<![\w.]){re.escape(output)}(?!\w)", "output", ast.unparse(s.value))
            sizes = [b for b in found.before if not reset(b, found) and not asks(b)]
            sizes = [b for b in sizes if not reads(b) - {found.target} - OUTSIDE]
            head = f"def cost(self, output, {found.target}):"
            return "\n".join([head, *indented(sizes, 4), f"    return {whole}"])
    return ""


def classes(s: ast.stmt, labels: set[str]) -> list[ast.stmt]:
    """How many outputs there are, where the targets say so, ``k = y.shape[1]``: here it is two."""
    wide = rf"\w+ = ((?:{'|'.join(labels)})\.shape\[1\]|len\((np\.unique|set)\(.*\)\))"
    return ast.parse(f"{ast.unparse(s).split(' = ')[0]} = 2").body if re.fullmatch(wide, ast.unparse(s)) else []


def lacking(tree: ast.AST, space: Mapping[str, Any]) -> set[str]:
    """The names that forward reads and nobody gives it: they are known where the targets are."""
    given = {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    made = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return {n for n in read - given - made if n not in space and not hasattr(builtins, n)}


def asks(s: ast.stmt) -> bool:
    return isinstance(s, ast.Expr) or not hasattr(s, "lineno")


def indented(body: list[ast.stmt], by: int) -> list[str]:
    return [" " * by + line for s in body for line in ast.unparse(s).split("\n")]
