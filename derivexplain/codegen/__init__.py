"""Derived gradients as NumPy text that runs."""

from .functions import numpy_code, run

__all__ = ["numpy_code", "run"]
