"""Identities that bring an answer into its usual spelling: one line a law."""

from __future__ import annotations

from ..law import Law

IDENTITIES: tuple[Law, ...] = ()
