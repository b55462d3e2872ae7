"""Functions beside a layer: each is a tree of its own with the file's lines, and a long file is read once."""

import ast

from derivexplain.checking import running

FILE = '''import numpy as np

class Helper:
    @staticmethod
    def scale(x):
        """
Two lines, the second of which is not indented.
"""
        return 2 * x

def shift(x):
    return x + 1
'''


def test_a_function_beside_a_layer_is_read_with_its_own_lines_and_the_file_once(written):
    path = written(FILE).path
    missed = running.spans.cache_info().misses
    found = {n: running.helper(str(path), n, line) for n, line in (("scale", 4), ("shift", 11), ("lost", 1))}
    assert running.spans.cache_info().misses == missed + 1
    whole = {n.name: n for n in ast.walk(ast.parse(FILE)) if isinstance(n, ast.FunctionDef)}
    for name in ("scale", "shift"):
        assert ast.dump(found[name]) == ast.dump(whole[name])
        assert [s.lineno for s in found[name].body] == [s.lineno for s in whole[name].body]
    assert found["lost"] is None
    assert running.helper(str(path), "shift", 11) is not found["shift"]
