"""Typesetting: one display tree in textbook order, printed in several languages."""
