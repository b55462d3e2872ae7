"""From an open derivative to the form people use, one law a line."""

from .engine import derive

__all__ = ["derive"]
