"""Vocabularies as text files with a token on each line, as Keras stores them."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

NAME = "vocabulary.txt"
# Set while a file is written that has no place for a vocabulary but the configuration.
IN_CONFIGURATIONS: ContextVar[bool] = ContextVar("in_configurations", default=False)


def read_vocabulary(path: str | Path) -> list[str]:
    """Return the lines of a file, empty ones at its end left out.

    Raises:
        ValueError: If there is no such file, or it is no text in UTF-8.
    """
    try:
        lines = Path(path).read_bytes().decode("utf-8").split("\n")
    except FileNotFoundError as error:
        raise ValueError(f"There is no vocabulary file. Received: {str(path)!r}") from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"A vocabulary file is text in UTF-8. Received: {str(path)!r} ({error})"
        ) from error
    lines = [line.removesuffix("\r") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def write_vocabulary(folder: str | Path, tokens: Sequence[Any]) -> None:
    """Write tokens into a folder's `vocabulary.txt`."""
    text = "\n".join(str(token) for token in tokens)
    (Path(folder) / NAME).write_bytes(text.encode("utf-8"))


def fits_lines(tokens: Sequence[str]) -> bool:
    """Whether tokens can be told apart by lines, by Keras too."""
    if tokens and not tokens[-1]:
        return False
    return all(len(token.splitlines()) == 1 for token in tokens if token) and all(
        token == "" or token.splitlines()[0] == token for token in tokens
    )
