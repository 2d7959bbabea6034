"""A package as one file for the way: the same folder gives the same bytes, on every machine."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from sohoa.kernel.durable import CHUNK

# The oldest date that the format can tell. Nothing is compressed: scans hardly shrink, and compressors differ from version to version.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX, _MODE = 3, 0o100644 << 16


def zip_folder(folder: Path, target: Path) -> None:
    """All files below `folder`, by path, under its own name; memory does not grow with them. `target` must not exist yet."""
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    with target.open("xb") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
            for name in files:
                entry = zipfile.ZipInfo(f"{folder.name}/{name}", _DATE)
                entry.create_system, entry.external_attr = _UNIX, _MODE
                entry.file_size = (folder / name).stat().st_size  # decides whether the entry needs the large form
                with (folder / name).open("rb") as source, packed.open(entry, "w") as inside:
                    while chunk := source.read(CHUNK):
                        inside.write(chunk)
        out.flush()
        os.fsync(out.fileno())
