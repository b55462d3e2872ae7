"""Characters: what people type on a board or paste, turned into the plain letters the readers know."""

from __future__ import annotations

import re
import unicodedata

from ..errors import ReadError
from .limits import CHARACTERS

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lamda", "μ": "mu", "µ": "mu",
    "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon",
    "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta",
    "Λ": "Lamda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SIGNS = {
    "·": "*", "⋅": "*", "×": "*", "∗": "*", "⊙": "*", "−": "-", "–": "-", "÷": "/", "∕": "/", "⁄": "/",
    "≤": "<=", "≥": ">=", "≠": "!=", "⩽": "<=", "⩾": ">=", "∧": " and ", "∨": " or ", "¬": " not ",
    "½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "⅓": "(1/3)", "⅔": "(2/3)", "√": " sqrt ", "∣": "|", "ℓ": "l",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2061": "", "\u2062": "*", "\t": " ", "\r": " ",
}  # fmt: skip
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", "0123456789+-()")) | {"ⁿ": "n", "ˣ": "x", "ⁱ": "i"}
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑᵢⱼₖₗₘₙₚₛₜₓ", "0123456789aeijklmnpstx"))

_RAISED = re.compile("[" + "".join(map(re.escape, RAISED)) + "]+")
_LOWERED = re.compile("[" + "".join(LOWERED) + "]+")
_LETTERS = re.compile(r"[A-Za-z0-9_]*[" + "".join(GREEK) + r"]+")
_PARTIAL = re.compile(r"∂((?:\*\*\(\d\))?[A-Za-z]?)\s*/\s*∂([A-Za-z])")
_PLAIN = re.compile(r"[\n\x20-\x7e]*")


def plain(text: str) -> str:
    """The text in printable ASCII, or ReadError with the character that has no place in a formula."""
    if len(text) > CHARACTERS:
        raise ReadError(f"the text has {len(text)} characters, at most {CHARACTERS} are read", mend="split it up")
    if not _PLAIN.fullmatch(text):
        text = _RAISED.sub(lambda m: "**(" + "".join(RAISED[c] for c in m[0]) + ")", text)
        text = _LOWERED.sub(lambda m: "_" + "".join(LOWERED[c] for c in m[0]), text)
        text = _PARTIAL.sub(r"d\1/d\2", text)
        text = _LETTERS.sub(_spell, text)
        text = "".join(SIGNS.get(c, c) for c in text)
        if not _PLAIN.fullmatch(text):
            bad = next(c for c in text if c != "\n" and not " " <= c <= "~")
            known = unicodedata.name(bad, "a control character")
            raise ReadError(f"the character U+{ord(bad):04X} ({known.lower()}) has no place in a formula",
                            mend="type the formula with plain letters and + - * / ^ ( )")  # fmt: skip
    if not text.strip():
        raise ReadError("there is no formula here", mend="write one, such as 1/(1 + exp(-x))")
    return text


def _spell(match: re.Match[str]) -> str:
    """One Greek letter is its name; two in a row, or one glued to a letter before it, cannot be told apart."""
    word = match[0]
    if word in GREEK:
        return GREEK[word]
    spelled = "".join(GREEK.get(c, c) for c in word)
    raise ReadError(f"{spelled} run together", mend="write a product with *, such as alpha*x")
