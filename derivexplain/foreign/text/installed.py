"""Installed: code for the tensors of a framework that is installed and imported by the file itself.

Functions that work on PyTorch's tensors with a backward of their own, and ``torch.autograd.Function``, are given
tensors made of our arrays, and what comes back is read as arrays. Nothing here imports a framework.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from .code import Code
from .tensors import Tensor


@dataclass(frozen=True)
class Torch(Tensor):
    """PyTorch's tensor, which shares its memory with the array that it is made of."""

    def made(self, array: Any, wanted: bool = True) -> Any:
        return sys.modules["torch"].from_numpy(array)

    def array(self, thing: Any) -> Any:
        """The array in a tensor; of a tuple those of its members, a cache among them stays as it is."""
        if isinstance(thing, tuple):
            return tuple(self.array(t) if isinstance(t, self.cls) else t for t in thing)
        return thing.detach().numpy() if isinstance(thing, self.cls) else thing

    def takes(self, value: Any) -> bool:
        return isinstance(value, np.ndarray) and value.dtype.kind in "fib"


def torch_of(code: Code) -> Torch | None:
    """PyTorch's tensor, where functions that keep nothing in an instance name the framework."""
    torch = sys.modules.get("torch")
    if torch is None or (code.style == "class" and not code.noted):
        return None
    spaces = [getattr(f, "__globals__", {}) for f in code.functions]
    return Torch(torch.Tensor, "data", "grad", ()) if any(v is torch for s in spaces for v in s.values()) else None
