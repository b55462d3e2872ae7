"""The face: fixed names, lazy imports, no module that hides a name of the face."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import derivexplain as dx

FACE = ["derive", "verify", "verify_steps", "verify_table", "check", "check_many"]
FACE += ["explain", "Graph", "Layer", "catalogue"]


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("name", FACE)
def test_every_name_of_the_face_is_there(name):
    assert name in dir(dx)
    assert getattr(dx, name) is not None


def test_importing_the_package_imports_nothing_heavy():
    assert not {"sympy", "numpy", "jinja2"} & modules_after("import derivexplain")


def test_the_command_line_imports_nothing_heavy_until_it_runs():
    code = "from derivexplain.cli import parser; parser().parse_args(['list'])"
    assert not {"sympy", "numpy", "jinja2"} & modules_after(code)


def test_no_submodule_hides_a_name_of_the_face():
    before = {name: getattr(dx, name) for name in FACE}
    for info in pkgutil.walk_packages(dx.__path__, "derivexplain."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
    assert {name: getattr(dx, name) for name in FACE} == before


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        dx.nonsense  # noqa: B018
