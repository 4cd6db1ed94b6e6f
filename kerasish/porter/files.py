"""Files of Python code: found, read, ported, written."""

from __future__ import annotations

import codecs
import io
import os
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kerasish.porter import notebook_json
from kerasish.porter.code import PortedCode, port_code
from kerasish.porter.errors import PorterError
from kerasish.porter.findings import Report
from weight_port.formats.atomic import replacing

ENDINGS = (".py", ".ipynb")
_SKIPPED = {"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"}


@dataclass
class PortedFile:
    """A file after the port.

    Attributes:
        report: What of it ports.
        before: The text of the file.
        after: The text after the port.
        cells_before: Its code, cell by cell.
        cells: The code after the port.
        data: The bytes after the port.
    """

    report: Report
    before: str
    after: str
    cells_before: list[str]
    cells: list[str]
    data: bytes


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Give the files that are named, and the scripts and notebooks in the folders that are.

    Folders that are links, hidden or of installed packages are left out.

    Args:
        paths: Files and folders.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        failed: list[OSError] = []
        for folder, folders, names in os.walk(path, onerror=failed.append):
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and name not in _SKIPPED
            )
            for name in sorted(names):
                if not name.endswith(ENDINGS) or name.startswith("."):
                    continue
                found = Path(folder, name)
                # A link that leads nowhere is reported; pipes and devices are no files.
                if found.is_file() or found.is_symlink():
                    yield found
        # To be reported like files that can't be read.
        yield from (Path(error.filename) for error in failed)


def check_file(path: str | os.PathLike) -> Report:
    """Say what of a script or notebook will port. Nothing is run or written.

    Args:
        path: A `.py` or `.ipynb` file; one that can't be read gives a report with an error.
    """
    try:
        return port_file(path).report
    except (OSError, ValueError) as error:
        return Report(str(path), error=str(error))


def port_file(
    path: str | os.PathLike, *, mark: bool = True, clear_outputs: bool = False
) -> PortedFile:
    """Port a script or a notebook. Nothing is run or written.

    Args:
        path: A `.py` or `.ipynb` file.
        mark: Whether statements that do not port get a comment.
        clear_outputs: Whether the outputs of a notebook go.

    Raises:
        PorterError: If it is neither.
        OSError: If it can't be read.
    """
    path = Path(path)
    if path.is_dir():
        os.listdir(path)  # a folder that can't be read says so
    if path.suffix not in ENDINGS:
        raise PorterError(f"Scripts (.py) and notebooks (.ipynb) port. Received: {path}")
    if path.exists() and not path.is_file():
        raise PorterError(f"It is not a regular file. Received: {path}")
    data = path.read_bytes()
    report = Report(str(path))
    if path.suffix == ".py":
        encoding, text = _decoded(data)
        cells = [text]
        done = port_code(cells, notebook=False, mark=mark)
        after = done.cells[0]
        new = after.encode(encoding) if after != text else data
    else:
        text = _notebook_text(data)
        found = notebook_json.read_cells(text)
        cells = [cell.source for cell in found]
        done = port_code(cells, notebook=True, mark=mark)
        after = notebook_json.write_cells(text, found, done.cells, clear_outputs=clear_outputs)
        bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        new = bom + after.encode("utf-8") if after != text else data
    _fill(report, done)
    report.changed = new != data
    return PortedFile(report, text, after, cells, done.cells, new)


def write_file(ported: PortedFile, target: str | os.PathLike, *, overwrite: bool = False) -> None:
    """Write a ported file, whole or not at all.

    Args:
        ported: The file after the port.
        target: Where to.
        overwrite: Whether a file may be replaced.
    """
    with replacing(target, overwrite=overwrite) as temporary:
        temporary.write_bytes(ported.data)


def _fill(report: Report, done: PortedCode) -> None:
    report.findings = done.findings
    report.ported = dict(sorted(done.ported.items()))


def _decoded(data: bytes) -> tuple[str, str]:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        text.encode("utf-8")
    except (SyntaxError, ValueError, LookupError) as error:
        raise PorterError(f"The file's text can't be read. Received: {error}") from error
    return encoding, text


def _notebook_text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PorterError(f"The file is no notebook: it is not UTF-8. Received: {error}") from error
