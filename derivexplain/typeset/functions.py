"""Functions: what a SymPy function is called on the page."""

from __future__ import annotations

# SymPy's name -> the name people write; a name that is missing here is written as it is
NAMES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "acot": "arccot", "asec": "arcsec", "acsc": "arccsc",
    "asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh", "acoth": "arcoth", "asech": "arsech", "acsch": "arcsch",
    "atan2": "atan2", "sign": "sgn", "Heaviside": "step", "Max": "max", "Min": "min",
    "loggamma": "lgamma", "gamma": "Γ", "uppergamma": "Γ", "lowergamma": "γ", "zeta": "ζ", "beta": "B",
    "besselj": "J", "bessely": "Y", "besseli": "I", "besselk": "K", "airyai": "Ai", "airybi": "Bi",
    "LambertW": "W", "polygamma": "ψ", "digamma": "ψ", "elliptic_k": "K", "elliptic_e": "E",
    "DiracDelta": "δ", "sinc": "sinc", "fresnels": "S", "fresnelc": "C",
}  # fmt: skip

# those whose first argument is written as an index: J_n(x), ψ^(n)(x)
INDEXED = {"besselj", "bessely", "besseli", "besselk", "polylog"}

# those that TeX and Typst know by a name of their own
BUILT_IN = {
    "arccos", "arcsin", "arctan", "cos", "cosh", "cot", "coth", "csc", "exp", "ln", "log", "max", "min", "sec", "sin",
    "sinh", "tan", "tanh",
}  # fmt: skip

# those that carry their power: tanh²(x)
POWERED = {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"}
