"""Mending: which one edit of the code puts a wrong gradient right, tried by running it."""
