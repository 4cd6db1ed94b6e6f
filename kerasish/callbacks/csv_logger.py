"""`CSVLogger`."""

from __future__ import annotations

import csv
import os
from typing import Any

from kerasish.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Writes a line for each epoch.

    Args:
        filename: The file.
        separator: Between the values.
        append: Whether lines are added to an existing file.
    """

    def __init__(
        self, filename: str | os.PathLike, separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename, self.separator, self.append = os.fspath(filename), separator, append

    def on_train_begin(self, logs: Logs = None) -> None:
        """Open the file."""
        there = os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._header = not (self.append and there)
        self._file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115
        self._writer: Any = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write a line."""
        logs = logs or {}
        if self._writer is None:
            self._names = sorted(logs)
            if not any(name.startswith("val_") for name in self._names):
                # A validation may come in a later epoch.
                self._names += [f"val_{name}" for name in self._names]
            self._writer = csv.DictWriter(
                self._file, ["epoch", *self._names], delimiter=self.separator
            )
            if self._header:
                self._writer.writeheader()
        values = {name: _written(logs.get(name, "NA")) for name in self._names}
        self._writer.writerow({"epoch": epoch, **values})
        self._file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the file."""
        self._file.close()


def _written(value: Any) -> Any:
    if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0:
        return f'"[{", ".join(map(str, value))}]"'
    return value
