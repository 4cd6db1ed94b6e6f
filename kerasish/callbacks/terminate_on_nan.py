"""`TerminateOnNaN`."""

from __future__ import annotations

import math

from kerasish.callbacks.callback import Callback, Logs


class TerminateOnNaN(Callback):
    """Stops training when the loss is not finite. It reads the loss after each step."""

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
