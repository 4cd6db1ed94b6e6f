"""`TerminateOnNaN`."""

from __future__ import annotations

import math

from kerasish.callbacks.callback import Callback, Logs


class TerminateOnNaN(Callback):
    """Stops training when the loss is not finite. It reads the loss after each step.

    Args:
        raise_error: Whether it raises an error, so that `on_train_end` of the callbacks is left
            out; by default training ends as after its last epoch.

    Raises:
        RuntimeError: With `raise_error`, when the loss is not finite.

    See https://keras.io/api/callbacks/terminate_on_nan/.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            if self.raise_error:
                raise RuntimeError(
                    f"The loss is not finite at batch {batch}, so training ends. "
                    f"Received: loss={loss}"
                )
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
