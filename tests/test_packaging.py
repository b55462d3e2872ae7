"""The wheel, the wheel of the sdist and the editable install each render from an empty directory."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def build(kind: str, source: Path, out: Path) -> Path:
    """Build by the project's own back end, in an isolated process."""
    code = f"from hatchling.build import build_{kind} as b; print(b({str(out)!r}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return out / run.stdout.strip().splitlines()[-1]


def render_from(folder: Path, empty: Path) -> str:
    """The sigmoid handout, made by the package in `folder`, run from an empty directory."""
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); "
        "import derivexplain as dx, derivexplain; "
        "print(derivexplain.__file__); print(dx.explain('sigmoid'))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=empty, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    where, _, text = run.stdout.partition("\n")
    assert str(folder) in where
    return text


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A plain copy of what is packaged, so that building leaves nothing in the tree."""
    copy = tmp_path_factory.mktemp("checkout") / "derivexplain"
    copy.mkdir()
    for name in ("derivexplain", "templates", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    return copy


def test_wheel_and_the_wheel_of_the_sdist_render(checkout, tmp_path):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; install derivexplain[test]")
    (empty := tmp_path / "empty").mkdir()
    expected = render_from(checkout, empty)
    assert "y" in expected

    wheel = build("wheel", checkout, tmp_path)
    zipfile.ZipFile(wheel).extractall(tmp_path / "from_wheel")
    assert render_from(tmp_path / "from_wheel", empty) == expected

    sdist = build("sdist", checkout, tmp_path)
    shutil.unpack_archive(sdist, tmp_path / "sdist", filter="data")
    (unpacked,) = (tmp_path / "sdist").iterdir()
    (again := tmp_path / "again").mkdir()
    zipfile.ZipFile(build("wheel", unpacked, again)).extractall(tmp_path / "from_sdist")
    assert render_from(tmp_path / "from_sdist", empty) == expected


def test_a_foreign_templates_folder_is_not_mistaken_for_ours(checkout, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(checkout / "derivexplain", site / "derivexplain")
    shutil.copytree(checkout / "templates", site / "derivexplain" / "templates")
    (site / "templates" / "markdown").mkdir(parents=True)
    (site / "templates" / "markdown" / "handout.md").write_text("not ours")
    (empty := tmp_path / "empty").mkdir()
    assert "not ours" not in render_from(site, empty)
