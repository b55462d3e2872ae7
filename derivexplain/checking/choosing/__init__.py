"""Choosing: which of several ways to call a stranger's code was meant."""
