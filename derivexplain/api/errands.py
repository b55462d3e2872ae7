"""Errands: what a child process does with other people's code; plain data in and out.

All that this takes is imported here, before the child's limits are set: until then it may write our own bytecode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import conventions, foreign
from ..errors import DerivexplainError
from . import checks


def run(item: Mapping[str, Any]) -> Any:
    """List a file's layers, or check one target."""
    if item["do"] == "list":
        layers, module = foreign.find(item["path"], conventions, item.get("whole", False))
        return {"names": [name for name, _ in layers], "trouble": module.trouble}
    try:
        target = checks.from_file(item) if item.get("path") else item["target"]
        report = checks.check(
            target, formula=item.get("formula"), claims=item.get("claims"), seed=item.get("seed", 0)
        )
    except DerivexplainError as error:
        raise error.with_context(read=item["target"]) from None
    return replace(report, target=item["target"]).to_dict()
