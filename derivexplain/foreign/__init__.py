"""Foreign: finds layers in other people's text, and dresses a class or a pair of functions as a subject.

`finding` the layers in a file's text · `making` arguments
from short specifications · `answers` reads gradients off whatever backward leaves · `dressing` tries the
conventions it is given until forward and backward run · `standins` for what a
file takes from elsewhere.
"""

from __future__ import annotations

from .dressing import dress
from .finding.layers import find, load
from .ours import dress_layer
from .standins import USUAL, Base
from .things import Factory, Fused, Pair

__all__ = ["USUAL", "Base", "Factory", "Fused", "Pair", "dress", "dress_layer", "find", "load"]
