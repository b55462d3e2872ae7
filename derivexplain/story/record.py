"""What all records share: plain data by `to_dict`, and a display, the only arrow that points upwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

SCHEMA = 1


class Record:
    """What all records share: plain data, and a display in notebooks and terminals."""

    def to_dict(self) -> dict[str, Any]:
        data = {f.name: plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return {"schema": SCHEMA, "kind": type(self).__name__, **data}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from ..api import display

        return display.mimebundle(self)

    def __str__(self) -> str:
        from ..api import display

        return display.text(self)

    def __repr__(self) -> str:
        """For a list of many; records that are small are told with all their fields."""
        return f"<{type(self).__name__}: {str(self).partition(chr(10))[0]}>"


def plain(value: Any) -> Any:
    """JSON-ready data: records to dicts, expressions and fractions to text, arrays to lists."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Record):
        return {k: v for k, v in value.to_dict().items() if k != "schema"}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, Fraction):
        return str(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
