"""Foreign: finds layers in other people's text, and dresses a class or a pair of functions as a subject.

`text` is what a file says of itself · `building` how a layer may be built and fed · `asking` how its
backward is called, and what it gave · `forms` other ways to take and keep things · `finding` the
layers in a file · `dressing` tries the conventions it is given until forward and backward run.
"""

from __future__ import annotations

from .dressing import dress
from .finding.layers import find, load
from .finding.stacked import PARTS
from .forms.ours import dress_layer
from .text.standins import USUAL, Base, stands_in
from .text.things import Factory, Fused, Pair

__all__ = ["PARTS", "USUAL", "Base", "Factory", "Fused", "Pair", "dress", "dress_layer", "find", "load", "stands_in"]
