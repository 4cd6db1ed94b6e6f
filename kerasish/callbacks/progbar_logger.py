"""`ProgbarLogger`: progress of training, reading as Keras's."""

from __future__ import annotations

import sys
import time
from typing import Any

from kerasish.callbacks.callback import Callback, Logs

_WIDTH, _INTERVAL = 20, 0.05


class ProgbarLogger(Callback):
    """Writes a bar (`verbose=1`) or a line (`verbose=2`) for each epoch to `sys.stdout`.

    In a terminal or notebook the bar moves; in a file only its last state is written.
    """

    takes_tensors = True

    def __init__(self) -> None:
        super().__init__()
        self._target: int | None = None
        self._in_fit = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Note that evaluations are part of training."""
        self._in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start a bar."""
        self._start()
        epochs = (self.params or {}).get("epochs", 1)
        if self._verbose and epochs > 1:
            print(f"Epoch {epoch + 1}/{epochs}")

    def on_test_begin(self, logs: Logs = None) -> None:
        """Start a bar, outside of training."""
        if not self._in_fit:
            self._start()

    def _start(self) -> None:
        self._verbose = (self.params or {}).get("verbose", 1)
        self._target = (self.params or {}).get("steps")
        self._done = 0
        self._begin = self._first = time.perf_counter()
        self._shown = 0.0
        out = sys.stdout
        self._moving = self._verbose == 1 and (
            getattr(out, "isatty", lambda: False)() or "ipykernel" in sys.modules
        )

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar."""
        self._count(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar, outside of training."""
        if not self._in_fit:
            self._count(batch, logs)

    def _count(self, batch: int, logs: Logs) -> None:
        now = time.perf_counter()
        if self._done == 0:
            self._first = now
        self._done = batch + 1
        if self._moving and now - self._shown >= _INTERVAL:
            self._shown = now
            sys.stdout.write("\r" + self._text(logs, now, False) + "\x1b[K")
            sys.stdout.flush()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Finish the bar."""
        self._finish(logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Finish the bar, outside of training."""
        if not self._in_fit:
            self._finish(logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """Note that training is over."""
        self._in_fit = False

    def _finish(self, logs: Logs) -> None:
        if not self._verbose:
            return
        self._target = self._done
        text = self._text(logs, time.perf_counter(), True)
        sys.stdout.write(("\r" if self._moving else "") + text)
        sys.stdout.write("\x1b[K\n" if self._moving else "\n")
        sys.stdout.flush()

    def _text(self, logs: Logs, now: float, final: bool) -> str:
        from kerasish.models.progress import duration, remaining

        elapsed = now - self._begin
        pace = elapsed
        if self._done > 1:
            pace = (now - self._first) / (self._done - 1)
        values = "".join(f" - {name}: {_number(value)}" for name, value in (logs or {}).items())
        if self._verbose == 2:
            return f"{self._done}/{self._target} - {elapsed:.0f}s - {duration(pace)}/step{values}"
        if self._target is None:
            counter = f"{self._done:7d}/Unknown"
            return f"{counter} {remaining(elapsed)} {duration(pace)}/step{values}"
        width = len(str(self._target))
        filled = _WIDTH * self._done // max(self._target, 1)
        bar = "━" * filled + (" " * (_WIDTH - filled))
        seconds = elapsed if final else pace * (self._target - self._done)
        return (
            f"{self._done:>{width}}/{self._target} {bar} {remaining(seconds)} "
            f"{duration(pace)}/step{values}"
        )


def _number(value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return f"{number:.4f}" if abs(number) > 1e-3 else f"{number:.4e}"
