"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary file beside `path`, which takes its name if the block ends well.

    If the block raises, what stood under the name before is as it was, and the temporary file is
    gone. The new file has the permissions of the file it replaces, or those of any new file.

    Args:
        path: The name that the finished file is to have. A link is followed.
        overwrite: Whether a file under that name may be replaced.

    Yields:
        The name to write to, with the same ending.

    Raises:
        FileExistsError: If there is a file and `overwrite` is False.
        FileNotFoundError: If the folder does not exist.
    """
    target = Path(os.path.realpath(path))
    _check(target, overwrite)
    handle, name = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.name[:80]}.", suffix=target.suffix
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        _copy_mode(target, temporary)
        _check(target, overwrite)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def replacing_folder(path: str | os.PathLike, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary folder beside `path`, whose files move there if the block ends well.

    For formats of several files: those that other files refer to should come first by name order,
    because the files move one by one, in the order of their names, the index last.

    Args:
        path: The name of the index file; the others lie beside it.
        overwrite: Whether files may be replaced.

    Yields:
        The folder to write to.
    """
    target = Path(os.path.realpath(path))
    _check(target, overwrite)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:80]}."))
    try:
        yield folder
        written = sorted(folder.iterdir(), key=lambda file: (file.name == target.name, file.name))
        for file in written:
            _check(target.parent / file.name, overwrite)
        for file in written:
            _copy_mode(target.parent / file.name, file)
            os.replace(file, target.parent / file.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check(target: Path, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise FileNotFoundError(f"There is no folder to write to. Received: {target.parent}")
    if target.is_dir():
        raise IsADirectoryError(f"There is a folder of that name. Received: {target}")
    if target.exists() and not overwrite:
        raise FileExistsError(f"The file exists and is not to be replaced. Received: {target}")


def _copy_mode(target: Path, temporary: Path) -> None:
    if target.exists():
        mode = target.stat().st_mode & 0o777
    else:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    temporary.chmod(mode)
