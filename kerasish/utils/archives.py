"""Unpacking tar and zip archives that may be hostile.

Files and folders alone are written, all of them below the target. Links, devices and names that
lead out of the archive are refused, and then nothing is left of what was unpacked before.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.zip_archive import ZipArchive

FORMATS = ("tar", "zip")
_BLOCK = 1 << 20
# The name of a file or folder, and the contents of a file.
Member = tuple[str, BinaryIO | None]


def unpack(archive: Path, folder: Path, formats: tuple[str, ...] = FORMATS) -> None:
    """Unpack an archive.

    Args:
        archive: A tar file, packed by gzip, bzip2 or xz or not, or a zip file.
        folder: Where its members go; made if it is not there. Files that are there already are
            replaced, others stay.
        formats: Formats that are tried.

    Raises:
        ValueError: If the archive has none of the formats, is broken, or has a member that is
            refused.
    """
    if "tar" in formats and tarfile.is_tarfile(archive):
        members = _tar_members(archive)
    elif "zip" in formats and zipfile.is_zipfile(archive):
        members = _zip_members(archive)
    else:
        raise ValueError(
            f"{archive} is no archive of the formats {formats}, so it can't be unpacked. "
            f"Received: archive_format={formats}"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The name is short, and different from that of a folder another process works on.
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking."))
    try:
        for name, contents in members:
            _write(unfinished / _safe_name(name, archive), contents)
        _merge(unfinished, folder)
    except (tarfile.TarError, EOFError, FileFormatError, LimitError) as error:
        raise ValueError(
            f"{archive} is broken or not safe to unpack; if you trust it, unpack it into {folder} "
            f"yourself. Received: {error}"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _tar_members(archive: Path) -> Iterator[Member]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isdir():
                yield member.name, None
            elif member.isreg() and not member.issparse():
                contents = tar.extractfile(member)
                if contents is None:
                    raise FileFormatError(f"{member.name!r} has no contents")
                yield member.name, contents  # type: ignore[misc]
            else:
                raise FileFormatError(
                    f"{member.name!r} is a link, a device or a sparse file (type {member.type!r})"
                )


def _zip_members(archive: Path) -> Iterator[Member]:
    opened = ZipArchive(archive)
    try:
        for name in opened.names:
            with opened.open_seekable(name) as contents:
                yield name, contents
    finally:
        opened.close()


def _safe_name(name: str, archive: Path) -> str:
    """Return a member's name below the target, which has no way out of it."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    leads_out = name.startswith(("/", "\\")) or ".." in parts or "\0" in name
    if leads_out or (parts and (":" in parts[0] or (os.sep == "/" and "\\" in name))):
        raise FileFormatError(f"the name of a member leads out of {archive.name}: {name!r}")
    return os.path.join(*parts) if parts else "."


def _write(target: Path, contents: BinaryIO | None) -> None:
    if contents is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(contents, file, _BLOCK)


def _merge(source: Path, target: Path) -> None:
    """Move the files of a folder into another, folder by folder."""
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _merge(entry, target / entry.name)
        else:
            os.replace(entry, target / entry.name)
