"""Files are written whole or not at all, and a message names what is in the way."""

import pytest

from derivexplain.api.files import write
from derivexplain.errors import InputError


def test_a_folder_that_takes_nothing_is_named_itself(tmp_path):
    (tmp_path / "page_files").write_text("in the way")
    with pytest.raises(InputError) as told:
        write(tmp_path / "page.md", "text", {"page_files/graph.svg": "<svg/>"})
    assert told.value.read == str(tmp_path / "page_files")
    assert not (tmp_path / "page.md").exists()


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    (tmp_path / "page.md").mkdir()
    with pytest.raises(InputError) as told:
        write(tmp_path / "page.md", "text")
    assert told.value.read == str(tmp_path / "page.md") and len(list(tmp_path.iterdir())) == 1
