"""Asking: how backward is called, and which gradients it gave."""
