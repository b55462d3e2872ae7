"""Derivations at any shape: named equations in index notation, swept backwards and closed."""
