"""Records that are handed on: plain frozen data, from the formula to the finished document.

SymPy expressions inside are values; NumPy arrays are never mutated. Every record turns into plain data by `to_dict`
(schema version in `SCHEMA`).
"""

from .derivations import Derivation, Equation, Formula, Gradient, Kink, Step
from .documents import (
    Blank,
    Block,
    Code,
    Document,
    Item,
    Listing,
    Math,
    Paragraph,
    Picture,
    Row,
    Rows,
    Table,
    Text,
    sentence,
)
from .examples import Line, Run, Share
from .record import SCHEMA, Record, plain
from .reports import OUTCOMES, Finding, Report
from .verdicts import Diagnosis, StepsVerdict, Verdict

__all__ = [
    "Blank",
    "Block",
    "Code",
    "Derivation",
    "Diagnosis",
    "Document",
    "Equation",
    "Finding",
    "Formula",
    "Gradient",
    "Item",
    "Kink",
    "Line",
    "Listing",
    "Math",
    "OUTCOMES",
    "Paragraph",
    "Picture",
    "Record",
    "Report",
    "Row",
    "Rows",
    "Run",
    "SCHEMA",
    "Share",
    "Step",
    "StepsVerdict",
    "Table",
    "Text",
    "Verdict",
    "plain",
    "sentence",
]
