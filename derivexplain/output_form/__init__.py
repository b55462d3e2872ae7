"""y' in terms of y (sigmoid' = y(1 - y)), or the reason why there is no such form."""

from .search import find, joined
from .stages import NONE, Form

__all__ = ["NONE", "Form", "find", "joined"]
