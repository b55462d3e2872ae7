"""Typesetting: one display tree in textbook order, printed in several languages."""

from __future__ import annotations

from .latex import latex
from .mathml import mathml
from .notation import Notation, read_notation
from .spelling import Speller, number, tree
from .text import text
from .typst import typst

__all__ = ["Notation", "Speller", "latex", "mathml", "number", "read_notation", "text", "tree", "typst"]
