"""`get_file`: files from the network, kept in a cache."""

from __future__ import annotations

import hashlib
import hmac
import os
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import warnings
from pathlib import Path
from typing import Any

from kerasish.interactive_logging import print_message
from kerasish.utils import archives
from kerasish.utils.progbar import Progbar
from weight_port.formats.atomic import replacing

_SCHEMES = ("http", "https", "ftp", "file")
_HASHES = ("auto", "sha256", "md5")
_BLOCK = 1 << 16
_TIMEOUT = 60  # seconds without an answer


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | list[str] | None = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file, downloaded if it is not in the cache.

    A download has its name in the cache only when it is complete and its hash is right. An archive
    is unpacked at each call, as in Keras; links, devices and members outside of the archive's
    folder are refused.

    Args:
        fname: Name of the file in the cache, or of the folder that an archive is unpacked to; the
            last part of the URL by default.
        origin: URL, with http, https, ftp or file.
        untar: As `extract`, for tar files alone.
        md5_hash: As `file_hash`, with MD5.
        file_hash: Hash that the file must have.
        cache_subdir: Folder in the cache.
        hash_algorithm: `"sha256"`, `"md5"`, or `"auto"`: by the length of the hash.
        extract: Whether the file is an archive that is unpacked.
        archive_format: `"tar"`, `"zip"`, a list of these, or `"auto"` for both.
        cache_dir: The cache; the environment variable `KERAS_HOME` or `~/.keras` by default.
        force_download: Whether a file in the cache is downloaded again.

    Returns:
        The path of the file, or of the folder with the unpacked files.

    Raises:
        ValueError: If an argument has a value it can't have, the hash is wrong, or the archive is
            not safe to unpack.
        OSError: If the download fails; the message names the path where the file can be put.

    See https://keras.io/api/utils/python_utils/#getfile-function.
    """
    url = _checked_url(origin)
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    if hash_algorithm not in _HASHES:
        raise ValueError(
            f"get_file knows the hashes {_HASHES}. Received: hash_algorithm={hash_algorithm!r}"
        )
    formats = ("tar",) if untar else _formats(archive_format)
    unpacks = extract or untar
    name = _checked_name(fname, url)
    stored, unpacked = _names(name, bool(fname), unpacks)
    folder = _cache_folder(cache_dir, cache_subdir, stored)
    target = folder / stored
    if force_download or not _is_cached(target, file_hash, hash_algorithm):
        print_message(f"Downloading data from {url}")
        _download(url, target, file_hash, hash_algorithm)
    if not unpacks:
        return str(target)
    archives.unpack(target, folder / unpacked, formats)
    return str(folder / unpacked)


def _checked_url(origin: str | None) -> str:
    if not origin or urllib.parse.urlsplit(origin).scheme not in _SCHEMES:
        raise ValueError(
            f"get_file takes a URL as `origin`, with one of {_SCHEMES}. Received: origin={origin!r}"
        )
    return origin


def _checked_name(fname: Any, url: str) -> str:
    name = os.fspath(fname) if fname else os.path.basename(urllib.parse.urlsplit(url).path)
    if not name or name in (".", "..") or os.sep in name or "/" in name or "\0" in name:
        raise ValueError(
            "get_file takes a name without folders as `fname`; folders are for `cache_dir` and "
            f"`cache_subdir`. Received: fname={fname!r}, origin={url!r}"
        )
    return name


def _formats(archive_format: Any) -> tuple[str, ...]:
    if archive_format == "auto":
        return archives.FORMATS
    formats = (archive_format,) if isinstance(archive_format, str) else tuple(archive_format or ())
    if not set(formats) <= set(archives.FORMATS):
        raise ValueError(
            f"get_file knows the formats {archives.FORMATS}. "
            f"Received: archive_format={archive_format!r}"
        )
    return formats


def _names(name: str, was_given: bool, unpacks: bool) -> tuple[str, str]:
    """Return the names of the file and of the folder that it is unpacked to, as Keras has them."""
    if not unpacks:
        return name, ""
    if was_given and "." in name:
        return name, f"{name.partition('.')[0]}_extracted"
    return f"{name}_archive", name


def _cache_folder(cache_dir: Any, cache_subdir: str, stored: str) -> Path:
    """Return the folder of the file, and make it."""
    home = cache_dir or os.environ.get("KERAS_HOME") or "~/.keras"
    base = Path(os.path.expanduser(home))
    folder = base / cache_subdir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        pass
    else:
        if os.access(folder, os.W_OK) or (folder / stored).exists():
            return folder
    # In a folder for all users another one could put files under our names.
    own = Path(tempfile.gettempdir()) / f"keras-{getattr(os, 'getuid', os.getlogin)()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if own.is_symlink() or (hasattr(os, "getuid") and own.stat().st_uid != os.getuid()):
        raise OSError(
            f"The cache {base} can't be written to, and {own} belongs to someone else. Give "
            f"another folder as `cache_dir` or in KERAS_HOME. Received: cache_dir={cache_dir!r}"
        )
    warnings.warn(
        f"The cache {base} can't be written to, so files go to {own}. Give another folder as "
        "`cache_dir` or in KERAS_HOME.",
        stacklevel=3,
    )
    folder = own / cache_subdir.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _is_cached(target: Path, file_hash: str | None, algorithm: str) -> bool:
    if not target.exists():
        return False
    if file_hash is None or _has_hash(target, file_hash, algorithm):
        return True
    print_message(f"{target} does not have the hash {file_hash}, so it is downloaded again.")
    return False


def _download(url: str, target: Path, file_hash: str | None, algorithm: str) -> None:
    with replacing(target) as unfinished:
        try:
            _fetch(url, unfinished)
        except (OSError, urllib.error.URLError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            wanted = f" with the hash {file_hash}" if file_hash else ""
            raise OSError(
                f"{url} can't be downloaded. Without a connection, put the file{wanted} at "
                f"{target}. Received: {type(error).__name__}: {reason}"
            ) from error
        if file_hash is not None and not _has_hash(unfinished, file_hash, algorithm):
            raise ValueError(
                f"{url} does not have the hash that was asked for; it is incomplete or another "
                f"file, and was not kept. Received: file_hash={file_hash!r} ({algorithm})"
            )


def _fetch(url: str, path: Path) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "kerasish"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer, path.open("wb") as file:
        said = answer.headers.get("Content-Length")
        total = int(said) if said and said.isdigit() else None
        bar = Progbar(total)
        done = 0
        while block := answer.read(_BLOCK):
            file.write(block)
            done += len(block)
            bar.update(done if total is None else min(done, total))
    if total is None:
        bar.update(done, finalize=True)
    elif done != total:
        raise OSError(f"the connection ended after {done} of {total} bytes")


def _has_hash(path: Path, file_hash: str, algorithm: str) -> bool:
    if algorithm == "sha256" or (algorithm == "auto" and len(file_hash) == 64):
        digest = hashlib.sha256()
    else:
        digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return hmac.compare_digest(digest.hexdigest().encode(), str(file_hash).encode())
