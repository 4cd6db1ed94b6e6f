"""`ProgbarLogger`: progress of training, reading as Keras's."""

from __future__ import annotations

from typing import Any

from kerasish.callbacks.callback import Callback, Logs


class ProgbarLogger(Callback):
    """Writes a bar (`verbose=1`) or a line (`verbose=2`) for each epoch to `sys.stdout`.

    In a terminal or notebook the bar moves; in a file only its last state is written.
    """

    takes_tensors = True

    def __init__(self) -> None:
        super().__init__()
        self._in_fit = False
        self._progress: Any = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Note that evaluations are part of training."""
        self._in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start a bar."""
        self._start()
        epochs = (self.params or {}).get("epochs", 1)
        if (self.params or {}).get("verbose", 1) and epochs > 1:
            from kerasish.interactive_logging import print_message

            print_message(f"Epoch {epoch + 1}/{epochs}")

    def on_test_begin(self, logs: Logs = None) -> None:
        """Start a bar, outside of training."""
        if not self._in_fit:
            self._start()

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Start a bar."""
        self._start()

    def _start(self) -> None:
        # Bars need utilities that need callbacks.
        from kerasish.models.progress import Progress

        params = self.params or {}
        self._progress = Progress(params.get("steps"), params.get("verbose", 1))

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar."""
        self._progress.step(batch + 1, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar, outside of training."""
        if not self._in_fit:
            self._progress.step(batch + 1, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar."""
        self._progress.step(batch + 1)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Finish the bar."""
        self._finish(logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Finish the bar, outside of training."""
        if not self._in_fit:
            self._progress.close(logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Finish the bar."""
        self._progress.close()

    def on_train_end(self, logs: Logs = None) -> None:
        """Note that training is over."""
        self._in_fit = False

    def _finish(self, logs: Logs) -> None:
        self._progress.close(logs)
        if (self.params or {}).get("steps") is None and self.params is not None:
            # The first epoch has told how many there are.
            self.params["steps"] = self._progress.target
