"""A picture the reader steps through: radio buttons and a style sheet, no script.

On paper, and where a mail programme drops the buttons, everything is shown.
"""

from __future__ import annotations

from html import escape

from .diagram import Scene
from .svg import svg


def stepper(scene: Scene, name: str = "graph", forward: str = "forward") -> str:
    """A piece of HTML; `name` has to be different for every picture on a page, `forward` is the first step's word."""
    steps = range(scene.steps + 1)
    rules = []
    for k in steps:
        hidden = [f"#{name}-s{k}:checked~svg .b{later}" for later in steps if later > k]
        if hidden:
            rules.append(f"{','.join(hidden)}{{visibility:hidden}}")
        rules.append(f"#{name}-s{k}:checked~svg .b{k}{{font-weight:bold;stroke-width:2.2}}")
    style = "@media screen{" + "".join(rules) + "}@media print{.steps input,.steps label{display:none}}"
    buttons = "".join(
        f'<input type="radio" name="{name}" id="{name}-s{k}"{" checked" if k == scene.steps else ""}>'
        f'<label for="{name}-s{k}">{k if k else escape(forward)}</label>'
        for k in steps
    )
    return f'<div class="steps" role="group"><style>{style}</style>{buttons}<br>\n{svg(scene, name=name)}</div>\n'
