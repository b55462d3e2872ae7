"""Worked examples: graphs of layers with numbers put through, drawn, derived and checked."""

from .graph import Graph, Value

__all__ = ["Graph", "Value"]
