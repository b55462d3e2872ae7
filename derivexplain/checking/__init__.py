"""Checking: a layer's code put to the question."""
