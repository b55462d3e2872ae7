"""Optimised: gradients of parameters that an optimizer inside of backward turns into steps of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from ...checking.subject import Path, name_path
from ..text.gradients import spellings
from ..text.things import normal

TAKEN = r"self\.\w+ *(?:[-+]=|= *self\.\w+ *[-+]) *(\w+) *(?:#.*)?$"  # self.W -= delta_W: a step, and no gradient
SCALED = r"self\.(\w+) *-= *\w[\w.]* *\* *(\w+) */ *\(?(?:np\.)?sqrt"  # self.b -= rate * error / np.sqrt(...)


def from_locals(seen: Mapping[str, Any], paths: Sequence[Path], text: str, conventions: Any) -> dict[str, Any]:
    """What backward holds beside a parameter: dW beside W, or what its text scales for the parameter's step."""
    steps = {*re.findall(TAKEN, text, re.M)}
    held = {normal(k): v for k, v in seen.items() if k not in steps}
    scaled = {name: normal(local) for name, local in re.findall(SCALED, text)}
    known = {p: (*spellings(str(p[-1]), conventions), scaled.get(str(p[-1]), "")) for p in paths}
    hits = {name_path(p): next((held[s] for s in names if s in held), None) for p, names in known.items()}
    return {k: copy(v) for k, v in hits.items() if v is not None}
