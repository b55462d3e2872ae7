"""Files: what is written is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import InputError


def write(path: Path, content: str | bytes, beside: Mapping[str, str] | None = None) -> None:
    """Write a file, and pictures beside it, each under another name first and renamed when it is whole."""
    if not path.parent.is_dir():
        raise InputError("cannot write there: there is no such folder", read=str(path), mend="make the folder first")
    for name, picture in (beside or {}).items():
        place = path.parent / name
        if place.parent.parent.is_dir():  # a folder of pictures is ours to make, the page's own folder is not
            with suppress(OSError):  # what is in the way is told by the write
                place.parent.mkdir(exist_ok=True)
        _write(place, picture)
    _write(path, content)


def _write(path: Path, content: str | bytes) -> None:
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, temporary = -1, ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        at = path if temporary else path.parent  # the folder takes nothing at all, whatever the file
        mend = "make the folder first" if not path.parent.is_dir() else "choose another place"
        raise InputError(f"cannot write there: {error.strerror}", read=str(at), mend=mend) from None
