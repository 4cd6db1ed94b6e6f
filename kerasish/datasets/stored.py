"""Where the files of data sets are: in the cache, or at a path that was given."""

from __future__ import annotations

import os
from pathlib import Path

from kerasish.utils.downloads import get_file

HOST = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def stored_file(path: str | os.PathLike, origin: str, file_hash: str) -> str:
    """Return where a file is.

    Args:
        path: A name in the cache, where the file is downloaded to if it is not there; or a path
            with a folder, which is taken as it is, whatever its hash.
        origin: URL of the file.
        file_hash: Hash of the file in the cache.

    Raises:
        FileNotFoundError: If there is no file at a path with a folder.
        OSError: If the file has to be downloaded and can't be.
    """
    name = os.fspath(path)
    if os.path.basename(name) == name:
        return get_file(name, origin=origin, file_hash=file_hash)
    if not Path(name).is_file():
        raise FileNotFoundError(
            f"There is no file {name}; it can be downloaded from {origin}. Received: path={name!r}"
        )
    return name
