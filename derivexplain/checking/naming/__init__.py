"""Naming: what a wrong gradient's numbers say of the slip behind it."""
