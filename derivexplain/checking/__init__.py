"""Checking: a layer's code put to the question.

`subject` what is asked (any layer, dressed alike) · `cases` at which inputs · `differences` slopes of
forward by numbers · `values` backward against them · `contract` what a good layer leaves alone ·
`source` what the text alone tells · `naming` which slip it is · `mending` and `disagreement` which edit
puts it right · `watching` what its functions enter and hold · `examination` all of it, assembled.
"""
