"""Is a = b?  Certified refutation by balls, proof by algebra, and an honest rest."""

from .cascade import Inquiry, equal

__all__ = ["Inquiry", "equal"]
