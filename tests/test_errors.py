"""Messages say what was read, what is wrong and how to mend it."""

from derivexplain.errors import InputError, InternalError, did_you_mean, shorten


def test_a_message_has_its_three_parts_and_its_place():
    error = InputError("the name is unknown", mend="did you mean relu?", read="rellu", where="a.py:3")
    assert str(error) == "a.py:3: rellu: the name is unknown\n  did you mean relu?"
    assert error.exit_code == 2
    assert InternalError("x").exit_code == 3


def test_the_door_adds_context_without_overwriting_it():
    error = InputError("wrong", read="deep").with_context(read="door", where="f.py:1")
    assert (error.read, error.where) == ("deep", "f.py:1")


def test_suggestions():
    assert did_you_mean("sigmod", ["sigmoid", "tanh"]) == "did you mean sigmoid?"
    assert did_you_mean("qqq", ["b", "a"]) == "known: a, b"
    assert did_you_mean("qqq", map(str, range(20))) == ""


def test_shortening_hides_what_cannot_be_printed_and_joins_lines():
    assert shorten("a\x00b\nc") == "a?b c"
    assert shorten("x" * 100) == "x" * 28 + "..." + "x" * 28
