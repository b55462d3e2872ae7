"""derivexplain explains and checks derivatives: the face, loaded only when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_FACE = {
    "derive": "api.derivation",
    "verify": "api.verification",
    "verify_steps": "api.board",
    "verify_table": "api.batches",
    "check": "api.checks",
    "check_many": "api.batches",
    "explain": "api.handouts",
    "Graph": "api.graphs",
    "Layer": "layer",
    "catalogue": "layers",
    "DerivexplainError": "errors",
}

__all__ = ["__version__", *_FACE]

if TYPE_CHECKING:
    from .api.batches import check_many as check_many
    from .api.batches import verify_table as verify_table
    from .api.board import verify_steps as verify_steps
    from .api.checks import check as check
    from .api.derivation import derive as derive
    from .api.graphs import Graph as Graph
    from .api.handouts import explain as explain
    from .api.verification import verify as verify
    from .errors import DerivexplainError as DerivexplainError
    from .layer import Layer as Layer
    from .layers import catalogue as catalogue


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_FACE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_FACE})
