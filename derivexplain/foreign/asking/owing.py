"""Owing: what forward is given, and for which of it a backward owes a gradient, by what its text gives back."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ...checking.source import text_of
from ...checking.subject import DATA, Argument
from ..building.costs import regression
from ..building.feeding import weights_alone
from ..building.setups import Setup
from ..text.boxes import keys_of
from ..text.code import Code, backward_of, method_of
from ..text.gradients import among, spellings
from ..text.modelled import modelled
from ..text.targets import WEIGHTS, explicit, target
from ..text.things import attributes, given_back, matches, normal, required, roles, targeted
from ..text.uses import unrolls
from . import hung
from .outputs import kept_losses
from .reported import reports, steps_given

COSTS = ("one output", "of outputs", "a class each")  # scenes in which weights meet data and targets


def arguments_of(code: Code, setup: Setup, labels: list[str], conventions: Any) -> tuple[Argument, ...]:
    """What forward is given, and for which of it a gradient is owed."""
    kinds = setup.kinds
    owed = [k in DATA for k in kinds]
    if setup.order is not None or setup.by is not None:
        owed = [i in (setup.order, setup.by) for i in range(len(kinds))]
    elif setup.scene.name.endswith(COSTS) and (weights := weights_alone(code, conventions)):
        owed = [n in weights for n in labels]
    elif setup.built_in and code.returns and len(kinds) > 1:
        owed = [o and gives_back(code, n, conventions) for n, o in zip(labels, owed)]
    elif code.style == "fused" and (whole := [n for n in labels if unrolls(code, n)]):
        owed = [n in whole for n in labels]
    elif code.style == "fused":
        box = in_a_box(code)
        given = box or code.returns
        named = [n for n in labels if among(given, n, conventions)]
        data = [n for n, o in zip(labels, owed) if o]
        named = data if len(named) < len(given) == len(data) else named or labels[:1]
        if len(named) < len(given) and (model := modelled(code, conventions)) and len(model.learnt) == len(given):
            named = [*model.learnt]  # (dV, dW, Ev, Ew) of V, W and their offsets
        kept = {*re.findall(r"['\"](\w+)['\"] *[:\]]", text_of(code.function("__init__")))}
        named = [] if box and {*box} <= kept else named  # of what the constructor keeps
        owed = [o and n in named for n, o in zip(labels, owed)]
    elif code.style == "class" and (not required(code.backward_args) or given_again(code)):  # it starts from a loss
        told = [n for n in labels if among(code.returns, n, conventions)]
        if 1 < len(told) == len(code.returns):  # dx_hat, dmu: of which, its names say
            plain = [n in told for n in labels]
        elif gives_for_each(code, labels):
            plain = [True for _ in labels]
        else:
            plain = [not targeted(n, conventions) for n in labels]
        rest = [o and p for o, p in zip(owed, plain)]
        if one_alone(code):
            rest = [o and not any(rest[:k]) for k, o in enumerate(rest)]
        owed = rest if any(rest) else owed
    elif code.style == "pair" and of_parameters(code, labels, conventions):
        owed = [False for _ in kinds]
    alone_given = (f(code, labels, conventions) for f in (named_alone, one_each) if code.style == "pair")
    if told := next(filter(None, alone_given), []):
        owed = [n in told for n in labels]
    owed = [o and not turns(code, n, conventions) for n, o in zip(labels, owed)]
    if weights_beside(code, labels, conventions) or (code.beside and reports(code, conventions)):
        owed = [False for _ in kinds]
    if alone(code, tuple(labels), conventions) or regression(code, conventions) or hands_up(code, conventions):
        owed = [False for _ in kinds]
    return tuple(Argument(n, k, o) for n, k, o in zip(labels, kinds, owed))


def given_again(code: Code) -> bool:
    """Whether backward is given what forward is, and nothing else: ``backward(scores, y)``."""
    front, back = ([p.name for p in required(of)] for of in (code.forward_args, code.backward_args))
    return len(front) > 1 and front == back


def hands_up(code: Code, conventions: Any) -> bool:
    """Whether backward is given the weights of the layer after it, and returns its own delta, not times its weights.

    ``delta = W_next.T @ delta_next * slope; self.W -= rate * delta @ x.T; return delta``
    """
    told = any(matches(conventions.WEIGHTS_ABOVE, normal(p.name)) for p in code.backward_args)
    backward = backward_of(code) if told else None
    given = given_back(backward)
    if backward is None or not given or not all(isinstance(v, ast.Name) for v in given):
        return False
    return not re.search(r"self\.\w+\.(T|transpose)\b|\bdot\(self\.", ast.unparse(backward))


def named_alone(code: Code, names: list[str], conventions: Any) -> list[str]:
    """For which arguments this is a derivative: ``return dtheta`` of J(x, theta), which takes both as J does."""
    front, back = ([p.name for p in required(of)] for of in (code.forward_args, code.backward_args))
    backward = method_of(code.source.text, last_name(code)) if front == back and code.functions else None
    given = given_back(backward)
    parts = [p for v in given[-1:] for p in (v.elts if isinstance(v, ast.Tuple) else [v])]
    found = [n for n in names if among([p.id for p in parts if isinstance(p, ast.Name)], n, conventions)]
    return found if len(found) == len(parts) else []


def one_each(code: Code, names: list[str], conventions: Any) -> list[str]:
    """The weights of a network that is given data besides, where backward gives as many gradients, and no names."""
    told = bool(code.functions) and explicit(code, conventions)
    backward = method_of(code.source.text, last_name(code)) if told else None
    parts = [p for v in given_back(backward)[-1:] if isinstance(v, ast.Tuple) for p in v.elts]
    model = modelled(code, conventions)
    weights = [n for n in names if (n in model.learnt if model else WEIGHTS & {*roles(n, conventions)[:1]})]
    return weights if len(weights) == len(parts) < len(names) and target(code, conventions) else []


def weights_beside(code: Code, names: list[str], conventions: Any) -> bool:
    """Whether a network's backward gives the gradients of weights that stand beside it, and of nothing else."""
    own = [any(among((r,), n, conventions) for n in code.beside) for r in code.returns]
    return bool(own) and all(own) and not any(among(code.returns, n, conventions) for n in names)


def gives_for_each(code: Code, labels: list[str]) -> bool:
    """Whether a loss's backward gives a gradient for each of its arguments, of x and y, and for none of them None."""
    last = given_back(backward_of(code))[-1:]
    parts = [p for v in last for p in (v.elts if isinstance(v, ast.Tuple) else []) if not isinstance(p, ast.Dict)]
    return len(parts) == len(labels) > 1 and not any(map(nothing, parts))


def one_alone(code: Code) -> bool:
    """Whether a loss's backward gives a single array: what else the loss is given are data."""
    backward = backward_of(code)
    given = given_back(backward)
    return bool(given) and all(isinstance(v, ast.BinOp | ast.UnaryOp) for v in given)


def of_parameters(code: Code, names: list[str], conventions: Any) -> bool:
    """Whether a network's backward takes its data and targets again, and gives back a dict, none of it for these."""
    data = [n for n in names if n in {p.name for p in required(code.backward_args)}]
    again = len(data) > 1 or any(keys_of(code, n) for n in data)  # backward(params, cache, dout)
    backward = method_of(code.source.text, last_name(code)) if again and code.functions else None
    given = given_back(backward)
    keys = keys_given(backward, given[-1]) if backward and given else set()
    return bool(keys) and "" not in keys and not any(among(keys, n, conventions) for n in names)


@lru_cache(256)
def turns(code: Code, name: str, conventions: Any) -> bool:
    """Whether an argument is of angles by which forward turns what it is given, and backward gives none for it."""
    if not matches(conventions.ANGLES, normal(name)) or among(code.returns, name, conventions):
        return False
    given = "\n".join(text_of(f) for f in code.functions) or code.source.text
    return all(re.search(rf"\b{f}\(", given) for f in ("cos", "sin"))


def last_name(code: Code) -> str:
    """What the last of its functions is called; of one with a flag, ``partial(sigmoid, deriv=True)``, nothing."""
    return getattr(code.functions[-1], "__name__", "")


def by_argument(code: Code, conventions: Any) -> bool:
    """Whether a class's function is a slope by its argument alone: ``energy(v)`` and ``energy_grad(v)``."""
    front, back = ([p.name for p in required(of)] for of in (code.forward_args, code.backward_args))
    backward = backward_of(code) if code.local and code.style == "class" and front == back else None
    return backward is not None and not code.returns and not keeps_parameters(backward, conventions)


def learned_by(code: Code, conventions: Any) -> str:
    """What a parameter may be called for which a gradient is owed; nothing matches where the text says of none."""
    return "(?!)" if by_argument(code, conventions) else "|".join((conventions.LEARNED, *offsets(code)))


def offsets(code: Code) -> list[str]:
    """What begins as zeros, is added in forward and set nowhere else: no state, no setting, whatever it is called."""
    made, front = (text_of(code.function(n)) for n in ("__init__", code.front))
    begun = re.findall(r"\bself\.(\w+) *= *(?:np|numpy)\.zeros\(", made) if code.style == "class" else []
    rest = code.source.text.replace(made, "")
    added = [n for n in begun if re.search(rf"\+ *self\.{n}\b(?! *[*@/.\[(])", front)]
    return [normal(n) for n in added if not re.search(rf"\bself\.{n} *(\[[^\]]*\])? *=(?!=)", rest)]


def in_a_box(code: Code) -> tuple[str, ...]:
    """The names of the gradients where one dict of them comes with a loss: ``return {"dw": dw, "db": db}, cost``."""
    written = method_of(code.source.text, code.name.rpartition(".")[2]) if code.style == "fused" else None
    if written is None or len(code.returns) != 1:
        return ()
    given = given_back(written)
    parts = [p for v in given for p in (v.elts if isinstance(v, ast.Tuple) else ())]
    boxes = [p for p in parts if isinstance(p, ast.Dict) or getattr(p, "id", None) == code.returns[0]]
    return tuple(sorted({key for box in boxes for key in keys_given(written, box) if key}))


def without_targets(arguments: tuple[Argument, ...], code: Code, conventions: Any) -> tuple[Argument, ...]:
    """Of a loss that gives as many gradients as it takes arrays beside its targets, none is owed for these."""
    owed = [a.name for a in arguments if a.owed]
    rest = [n for n in owed if not targeted(n, conventions)]
    if not 0 < len(rest) == len(code.returns) < len(owed):
        return arguments
    return tuple(replace(a, owed=a.name in rest) for a in arguments)


def gives_back(code: Code, name: str, conventions: Any) -> bool:
    """Whether backward gives a gradient for this argument: a network's may only update its parameters."""
    if code.returns:
        return among(code.returns, name, conventions)
    backward = backward_of(code) or method_of(code.source.text, last_name(code))
    found = list(ast.walk(backward)) if backward else []
    given = [v for v in given_back(backward) if v is not None]
    keys = keys_given(backward, given[-1]) if backward and given else set()
    if keys and "" not in keys:
        own = {"input", "inputs", "x", normal(name), *conventions.INPUT_GRADIENT}
        return among(keys, name, conventions) or not own.isdisjoint(map(normal, keys))
    kept = [n.attr for n in found if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    return bool(given) or any(matches(conventions.OF_INPUT, normal(n)) for n in kept)


def given_out(code: Code, told: list[str]) -> bool:
    """Whether all that is returned has a parameter's shape, and that is stepped by it: ``self.w -= rate * dw``."""
    text = code.source.text
    shaped = (set(re.findall(rf"\b{n} *= *np\.zeros(?:_like)?\(self\.(\w+)(?:\.shape)?\)", text)) for n in told)
    return all(any(re.search(rf"self\.{w} *-= *[^\n]*\b{n}\b", text) for w in own) for n, own in zip(told, shaped))


@lru_cache(64)  # asked for every set-up
def alone(code: Code, names: tuple[str, ...], conventions: Any) -> bool:
    """Whether backward is a first layer's: it keeps its parameters' gradients, and works out none for its input."""
    backward = None if hung.mark(code, conventions) else backward_of(code)
    if backward is None:
        return False
    if any(steps_given(backward, v) for v in given_back(backward)):
        return True
    if given := [v for v in given_back(backward) if not nothing(v) and not reports(code, conventions)]:
        keys, known = keys_given(backward, given[-1]), keys_made(code)
        if each_layer(backward, given[-1]) and not among(code.returns, names[0] if names else "", conventions):
            keys = {*code.returns}
        told = [getattr(v, "id", "") for v in getattr(given[-1], "elts", given)] if len(given) == 1 else [""]
        again = all(p.name in names for p in required(code.backward_args))
        inputs = any(among(told, n, conventions) for n in names)
        if again and not inputs and len(names) < len(told) == len(drawn(code)):
            return True  # return E @ self.V, E.T @ self.U
        if told[0] and given_out(code, told):
            return True
        if not keys and all(told):  # return dW, db
            made = made_by_others(code) - {*names} - attributes(code.front, code.methods)  # self.input is no weight
            learnt = any(matches(conventions.LEARNED, normal(n)) for n in made) or drawn(code) & made
            return bool(learnt) and all(any(among([d], n, conventions) for n in made) for d in told)
        return bool(keys) and all(k in known or matches(learned(conventions), normal(k)) for k in keys - {*names})
    set_ = [n for n in ast.walk(backward) if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Store)]
    own = [n for n in set_ if isinstance(n, ast.Name) or getattr(n.value, "id", "") == "self"]  # not p.grad = ...
    words = {normal(n.id if isinstance(n, ast.Name) else n.attr) for n in own}
    front = method_of(code.source.text, code.front)
    kept_there = [n.attr for n in ast.walk(front) if isinstance(n, ast.Attribute)] if front else []
    words -= {f"d{normal(n)}" for n in kept_there if n not in names}  # that of what is kept on the way
    words -= {normal(p.name) for p in code.backward_args}  # dz = dZ.reshape(...): what it was given
    loops = [n for n in ast.walk(backward) if isinstance(n, ast.For)]
    words -= {normal(n.id) for n in own for loop in loops if isinstance(n, ast.Name) and n in ast.walk(loop)}  # delta
    known = {*conventions.INPUT_GRADIENT, *(s for n in names for s in spellings(n, conventions))}
    layers = leaves_to_layers(code, conventions)
    kept = layers or bool(kept_losses(code)) or keeps_parameters(backward, conventions)
    whole = layers and re.search(conventions.NETWORK, normal(code.name)) is not None  # nothing stands before it
    return whole or (kept and not words & known and not lost(backward.body[-1]))


def each_layer(backward: ast.FunctionDef, value: ast.expr | None) -> bool:
    """Whether a network goes through its layers and returns lists of gradients alone: ``return grads_W, grads_b``."""
    names = [e.id for e in value.elts if isinstance(e, ast.Name)] if isinstance(value, ast.Tuple) else []
    made = (n for n in ast.walk(backward) if isinstance(n, ast.Assign) and isinstance(n.value, ast.List))
    lists = {t.id for n in made for t in n.targets if isinstance(t, ast.Name)}
    return bool(names) and {*names} <= lists and any(isinstance(n, ast.For) for n in backward.body)


def leaves_to_layers(code: Code, conventions: Any) -> bool:
    """Whether backward only asks the layers of a network that the constructor builds itself for theirs."""
    backward, init = backward_of(code), method_of(code.source.text, "__init__")
    calls = [n.func for n in ast.walk(backward) if isinstance(n, ast.Call)] if backward else []
    asked = [f for f in calls if isinstance(f, ast.Attribute) and normal(f.attr) in conventions.BACKWARD]
    made = [n.func for n in ast.walk(init) if isinstance(n, ast.Call)] if init else []
    built = [f.id for f in made if isinstance(f, ast.Name)]
    return bool(asked) and any(name[:1].isupper() for name in built)


@lru_cache(64)
def made_by_others(code: Code) -> set[str]:
    """What neither forward nor backward puts into an instance: ``self.W = np.zeros((n, m))`` of its constructor."""
    tree = ast.parse(textwrap.dedent(code.source.text))
    methods = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name not in (code.front, code.back)]
    made = [n for m in methods for n in ast.walk(m) if isinstance(n, ast.Assign) and not nothing(n.value)]
    kept = [p for n in made for t in n.targets for p in ast.walk(t) if isinstance(p, ast.Attribute)]
    return {p.attr for p in kept if getattr(p.value, "id", "") == "self"}


def drawn(code: Code) -> set[str]:
    """What a constructor fills with random numbers, or begins as zeros: ``self.P = rng.normal(0, 0.1, (n, k))``."""
    made = text_of(code.function("__init__"))
    return {*re.findall(r"\bself\.(\w+) *= *[^\n]*\b(?:rand(?:om|n)?|rng|normal|uniform|zeros)\b", made)}


def lost(last: ast.stmt) -> bool:
    """Whether a function's last statement works something out that is neither kept nor returned."""
    if isinstance(last, ast.Expr):
        function = last.value.func if isinstance(last.value, ast.Call) else None
        numpys = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in ("np", "numpy")
        return numpys or isinstance(last.value, ast.BinOp)
    return isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name)


def keeps_parameters(backward: ast.FunctionDef, conventions: Any) -> bool:
    """Whether what is learned, or its gradient, is put into an instance: self.dW = ..., self.p -= lr * d"""
    rates = {a.arg for a in backward.args.args if matches(conventions.RATE, normal(a.arg))}
    for n in ast.walk(backward):
        stepped = isinstance(n, ast.AugAssign) and any(getattr(p, "id", "") in rates for p in ast.walk(n.value))
        targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AugAssign) else []
        for part in (p for t in targets for p in getattr(t, "elts", [t])):
            while isinstance(part, ast.Subscript):  # self.dx[self.u < 0] = 0
                part = part.value
            if isinstance(part, ast.Attribute) and (stepped or matches(learned(conventions), normal(part.attr))):
                return True
    return False


def learned(conventions: Any) -> str:
    """What a parameter, or its gradient, may be called."""
    own = conventions.LEARNED
    return rf"d?({own})|grads?|gradients|derivatives|({own})_?grad(ient)?|grad(ient)?s?_?({own})"


def keys_given(backward: ast.FunctionDef, value: ast.expr | None) -> set[str]:
    """The keys of a dict that backward returns, written out or put in one by one: ``grads[f"W{i}"] = dW``."""
    keys: list[ast.expr | None] = [*value.keys] if isinstance(value, ast.Dict) else []
    name = value.id if isinstance(value, ast.Name) else ""
    if name and re.search(rf"\b{name} = np\.\w+\(", ast.unparse(backward)):
        return set()  # grad = np.zeros_like(x); grad[0] = ...: an array's entries
    for n in ast.walk(backward):
        match n:
            case ast.Assign(targets=[ast.Name(id=known)], value=ast.Dict(keys=more)) if known == name:
                keys += more
            case ast.Subscript(value=ast.Name(id=known), slice=key, ctx=ast.Store()) if known == name:
                keys.append(key)
            case ast.Subscript(value=ast.Attribute() as box, slice=key, ctx=ast.Store()) if same(box, value):
                keys.append(key)
    again = {ast.unparse(n.target) for n in ast.walk(backward) if isinstance(n, ast.For) and over(n, name)}
    return {word(k) for k in keys if k is not None and getattr(k, "id", None) not in again}


def over(loop: ast.For, name: str) -> bool:
    """Whether a loop goes through the keys of a dict, where it adds none: ``for key in grads: grads[key] += ...``."""
    return getattr(loop.iter, "id", None) == name != ""


def same(one: ast.expr, two: ast.expr | None) -> bool:
    return two is not None and ast.dump(one).replace("Store", "Load") == ast.dump(two).replace("Store", "Load")


def keys_made(code: Code) -> set[str]:
    """The keys of a dict of parameters, as the constructor fills it: ``self.params = {"Wmu": ..., "Wlv": ...}``."""
    init = method_of(code.source.text, "__init__") if code.style == "class" else None
    boxes = [n for n in ast.walk(init) if isinstance(n, ast.Dict)] if init else []
    stored = [n.slice for n in ast.walk(init) if isinstance(n, ast.Subscript)] if init else []
    return {word(k) for k in (*(k for b in boxes for k in b.keys if k is not None), *stored)} - {""}


def word(key: ast.expr) -> str:
    """A key; of one that is counted, ``f"W{i}"``, ``"W" + str(i)`` or ``"W%d" % i``, the first: W0."""
    match key:
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=[ast.Constant(value=str(front)), ast.FormattedValue()]):
            return f"{front}0"
        case ast.JoinedStr(values=parts):
            return "".join(str(p.value) for p in parts if isinstance(p, ast.Constant))
        case ast.BinOp(left=ast.Constant(value=str(front))):
            return front.partition("%")[0] + "0"
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(front)), attr="format")):
            return front.partition("{")[0] + "0"
    return ""


def nothing(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


@lru_cache(64)
def tables(code: Code) -> tuple[str, ...]:
    """What a constructor counts out, ``self.theta = base ** -(np.arange(0, d, 2) / d)``: no weights."""
    init = method_of(code.source.text, "__init__") if code.style == "class" else None
    made = [n for n in ast.walk(init) if isinstance(n, ast.Assign)] if init else []
    own = [(t.attr, ast.unparse(n.value)) for n in made for t in n.targets if isinstance(t, ast.Attribute)]
    return tuple(n for n, v in own if re.search(r"\b(arange|linspace)\(", v) and not re.search("rand|normal|unif", v))


def frozen(code: Code, conventions: Any) -> tuple[str, ...]:
    """The weights that are not learnt, as a comment says where they are made: ``self.W = given  # frozen``."""
    lines = code.source.text.split("\n")
    above = [line.strip() if line.strip().startswith("#") else "" for line in ("", *lines)]
    made = [re.match(r"\s*self\.(\w+) *(?::[^=]+)?=(?!=)", line) for line in lines]
    told = (m and re.search(conventions.FROZEN, a + n.partition("#")[2], re.I) for m, a, n in zip(made, above, lines))
    matter = rf"#[^\n]*?\b(\w+) (?:is|are) (?:{conventions.FROZEN})"
    named = re.finditer(matter, code.source.text, re.I)
    return (*(m[1] for m, t in zip(made, told) if m and t), *(m[1] for m in named), *tables(code))
