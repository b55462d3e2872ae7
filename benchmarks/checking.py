"""Checking beside what people use now: time a layer, and how many one-edit mutants each one catches.

Run ``python benchmarks/checking.py [every]``; `every` takes each so-many-th mutant (default 6). The others
are called as their documentation shows: a wrapper around forward and backward, random normal inputs.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import derivexplain as dx  # noqa: E402
from derivexplain.checking.subject import UserError, quiet  # noqa: E402
from tests.checking import mutants  # noqa: E402


def loss_and_gradient(subject, rng):
    """<forward, d> and its gradient by backward, as functions of the first owed argument: what the others need."""
    instance, args = subject.sample(rng, mutants.conventions.SIZES)
    k = next(i for i, a in enumerate(subject.arguments) if a.owed)
    outs = subject.forward(instance, args)
    douts = tuple(np.ones(np.shape(o)) if not subject.upstream else rng.standard_normal(np.shape(o)) for o in outs)
    name, shape = subject.arguments[k].name, np.shape(args[k])

    def put(x):
        return (*args[:k], x.reshape(shape), *args[k + 1 :])

    def f(x):
        np.random.seed(0)
        return float(sum(np.sum(d * o) for d, o in zip(douts, subject.forward(instance, put(x)))))

    def g(x):
        np.random.seed(0)
        given = put(x.copy())
        outs = subject.forward(instance, given)
        answer = subject.backward(instance, tuple(d.copy() for d in douts), given, outs)
        return np.broadcast_to(np.asarray(answer.gradients[name], float), shape).ravel()

    return f, g, np.asarray(args[k], float).ravel()


def scipy_check(subject) -> bool:
    from scipy.optimize import check_grad

    f, g, x = loss_and_gradient(subject, np.random.default_rng(0))
    return bool(check_grad(f, g, x) < 1e-5 * max(1.0, float(np.linalg.norm(g(x)))))


def cs231n_check(subject) -> bool:
    """Central differences at 1e-5, relative error below 1e-7 (the course's recipe)."""
    f, g, x = loss_and_gradient(subject, np.random.default_rng(0))
    numeric = np.array([(f(x + h) - f(x - h)) / 2e-5 for h in np.eye(x.size) * 1e-5])
    return bool(np.max(np.abs(numeric - g(x)) / np.maximum(1e-8, np.abs(numeric) + np.abs(g(x)))) < 1e-5)


def torch_check(subject) -> bool:
    import torch

    f, g, x = loss_and_gradient(subject, np.random.default_rng(0))

    class Wrapped(torch.autograd.Function):
        @staticmethod
        def forward(ctx, t):
            ctx.save_for_backward(t)
            return torch.tensor(f(t.detach().numpy()), dtype=torch.float64)

        @staticmethod
        def backward(ctx, dout):
            (t,) = ctx.saved_tensors
            return torch.from_numpy(g(t.detach().numpy()).copy()) * dout

    return bool(torch.autograd.gradcheck(Wrapped.apply, torch.from_numpy(x).requires_grad_(), raise_exception=False))


def autograd_check(subject) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f, g, x = loss_and_gradient(subject, np.random.default_rng(0))
    wrapped = primitive(f)
    defvjp(wrapped, lambda _, x: lambda dout: g(x) * dout)
    np.random.seed(0)
    try:
        check_grads(wrapped, modes=["rev"], order=1)(x)
    except AssertionError:
        return False
    return True


def derivexplain_check(thing) -> bool:
    return not any(f.status == "fail" for f in dx.check(thing).findings)


def main() -> None:
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    others = {
        "scipy check_grad": scipy_check,
        "CS231n recipe": cs231n_check,
        "torch gradcheck": torch_check,
        "autograd check_grads": autograd_check,
    }
    modules = {"torch gradcheck": "torch", "scipy check_grad": "scipy", "autograd check_grads": "autograd"}
    for name, module in modules.items():
        try:
            __import__(module)
        except ImportError:
            print(f"{name}: not installed, left out")
            others.pop(name)
    times: dict[str, list[float]] = {"derivexplain": [], **{n: [] for n in others}}
    caught = dict.fromkeys(times, 0)
    alarms = dict.fromkeys(times, 0)
    wrong = right = 0
    path = str(ROOT / "tests" / "material" / "habits.py")
    dx.check("sigmoid")
    for _, thing in mutants.foreign.find(path, mutants.conventions)[0]:
        if isinstance(thing, mutants.foreign.Fused):
            continue
        right += 1
        judge = mutants.Judge(thing)
        for which, fine in answers(thing, judge, others, times):
            alarms[which] += not fine
    for k, (_, thing, _, _, is_wrong) in enumerate(mutants.all_mutants(path)):
        if k % every or not is_wrong():
            continue
        wrong += 1
        for which, fine in answers(thing, is_wrong.__self__, others, {n: [] for n in times}):
            caught[which] += not fine
    print(f"{right} right layers, {wrong} wrong one-edit mutants")
    base = statistics.median(times["derivexplain"])
    for which, spent in times.items():
        print(f"{which:20} median {statistics.median(spent) / base:6.2f} of ours "
            f"({1e3 * statistics.median(spent):.0f} ms here), "
              f"caught {caught[which]}/{wrong}, false alarms {alarms[which]}/{right}")  # fmt: skip


def answers(thing, judge, others, times):
    started = time.perf_counter()
    yield "derivexplain", derivexplain_check(thing)
    times["derivexplain"].append(time.perf_counter() - started)
    for which, check in others.items():
        started = time.perf_counter()
        try:
            with quiet():
                fine = check(judge.subject)
        except (UserError, Exception):
            fine = False
        times[which].append(time.perf_counter() - started)
        yield which, fine


if __name__ == "__main__":
    main()
