"""Cells as Python sees them: without the lines that are commands of IPython or of the shell."""

from __future__ import annotations

import ast
import re
import warnings

# Cell magics whose cells are Python.
_PYTHON_MAGICS = {"time", "timeit", "capture", "prun", "memit", "mprun", "debug"}
_LINE = re.compile(r"\s*(?:[%!?]|.*\S\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"(\s*)[\w.,\s\[\]'\"]+=\s*[%!]")
_BREAKS = re.compile(r"\r\n|\r|\n")


def parse(source: str, *, notebook: bool) -> ast.Module | None:
    """Parse a cell or a file; positions in the tree are those in the source.

    Args:
        source: The text.
        notebook: Whether lines of IPython and of the shell may occur.

    Returns:
        The tree; None for a cell in another language.

    Raises:
        SyntaxError: If it is not Python.
        ValueError: If it has characters that no source can have.
    """
    if notebook and other_language(source):
        return None
    try:
        return _parse(source)
    except SyntaxError:
        if not notebook:
            raise
        return _parse(without_commands(source))


def other_language(source: str) -> bool:
    """Whether a cell is given to something else as a whole: `%%bash`, `%%html`, `%%writefile`."""
    first = source.lstrip()
    if not first.startswith("%%"):
        return False
    return (first[2:].split() or [""])[0] not in _PYTHON_MAGICS


def without_commands(source: str) -> str:
    """Return a cell with `pass` in place of commands, all other lines where they were."""
    lines = _BREAKS.split(source)
    continued = False
    for number, line in enumerate(lines):
        if continued:
            continued = line.rstrip().endswith("\\")
            lines[number] = ""
            continue
        indent = line[: len(line) - len(line.lstrip())]
        if _ASSIGNED.match(line) or (_LINE.match(line) and not line.lstrip().startswith("#")):
            continued = line.rstrip().endswith("\\")
            lines[number] = indent + ("" if line.lstrip().startswith("%%") else "pass")
    return "\n".join(lines)


def commands(source: str) -> list[str]:
    """Return the lines that are commands, or the whole cell if it is in another language."""
    if other_language(source):
        return [source]
    lines = _BREAKS.split(source)
    kept = without_commands(source).split("\n")
    return [line for line, other in zip(lines, kept, strict=True) if line != other]


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        # Backslashes in the user's strings are the user's affair.
        warnings.simplefilter("ignore")
        return ast.parse(source)
