"""What the commands print: tables for people, JSON for programs, messages on the error stream."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

console = Console(highlight=False)
messages = Console(stderr=True, highlight=False)


def error(text: str) -> None:
    """Print an error; names from files are printed as they are, without control characters."""
    messages.print(f"[bold red]Error:[/] {escape(printable(text))}", soft_wrap=True)


def note(text: str) -> None:
    """Print a message that is no result."""
    messages.print(escape(printable(text)), soft_wrap=True)


def as_json(value: Any) -> None:
    """Print a result for programs."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def printable(text: str) -> str:
    """Return text without the characters that command a terminal."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in text
    )


def name(text: str) -> str:
    """Return a name from a file for a table."""
    return escape(printable(text).replace("\n", " "))


def size(count: int) -> str:
    """Return a number of bytes for people: `1.5 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("unreachable")


@contextmanager
def progress(
    title: str, total: int, *, quiet: bool = False
) -> Iterator[Callable[[str, int], None]]:
    """Show a bar on the error stream while something long is done.

    Args:
        title: What is done.
        total: The bytes that it will take in all.
        quiet: Whether to show nothing.

    Yields:
        What to call after each part, with its name and its bytes.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=messages,
        transient=True,
        disable=quiet or not messages.is_terminal,
    )
    with bar:
        task = bar.add_task(title, total=max(total, 1))
        yield lambda part, count: bar.update(task, advance=count)
