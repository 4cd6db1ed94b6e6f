"""`BackupAndRestore`: a training that was interrupted goes on."""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kerasish.callbacks.callback import Callback, Logs
from kerasish.callbacks.callback_list import CallbackList, numbers
from kerasish.distribution import processes
from kerasish.trainers.training_state import restore_weights, training_state
from weight_port.formats.atomic import replacing

_VERSION = 1


class BackupAndRestore(Callback):
    """Backs the training up, so that the same script goes on after an interruption.

    A training that was killed, also in the middle of an epoch, ends with the weights of one that
    was not: the backup has the weights, what the optimizer, the layers' seed generators, metrics
    and the counting callbacks remember, where all random numbers stand, and how many batches were
    read. Of data the batches before are read once more and dropped, so a generator has to give the
    same ones. What a data set of your own remembers from epoch to epoch is not in it.

    The backup is a single file, `latest.pt`, which stands under its name only when it is whole.

    Args:
        backup_dir: Folder of the backup, for this training alone.
        save_freq: `"epoch"`, a number of batches, or False for never.
        double_checkpoint: Whether the backup before the last is kept too, for the case that the
            last one can't be read.
        delete_checkpoint: Whether the backup is deleted at the end of the training.

    Raises:
        ValueError: If there is no folder's name, or `save_freq` is none of these.

    See https://keras.io/api/callbacks/backup_and_restore/.
    """

    takes_tensors = True
    runs_last = True

    def __init__(
        self,
        backup_dir: str | os.PathLike,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ValueError(
                f"BackupAndRestore needs the name of a folder. Received: backup_dir={backup_dir!r}"
            )
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 0):
            raise ValueError(
                "BackupAndRestore: `save_freq` is 'epoch', a number of batches, or False. "
                f"Received: save_freq={save_freq!r}"
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._path = Path(self.backup_dir) / "latest.pt"
        self._previous = Path(self.backup_dir) / "previous.pt"
        self._epoch = self._since = 0
        self._last_batch = -1

    def on_train_begin(self, logs: Logs = None) -> None:
        """Take up where the backup was made, if there is one.

        Raises:
            ValueError: If the model is not built, or not the one of the backup.
            OSError: If the backup can't be read.
        """
        model = self.model
        if not model.built:
            raise ValueError(
                f"BackupAndRestore: model '{model.name}' has to be built before `fit`, by an Input "
                "or by a call on data. Received: a model without weights"
            )
        if processes.world_size() > 1 and self.save_freq != "epoch":
            raise ValueError(
                "BackupAndRestore: several processes go on at the beginning of an epoch only. "
                f"Received: save_freq={self.save_freq!r} in {processes.world_size()} processes"
            )
        self._since, self._last_batch = 0, -1
        for unfinished in self._path.parent.glob(f".{self._path.name}.*"):
            unfinished.unlink(missing_ok=True)  # of a process that was killed while it wrote
        backup = self._read()
        if backup is None:
            return
        restore_weights(model, backup["state"])
        self._since = backup["since"]
        self._last_batch = backup["position"]["done"] - 1
        object.__setattr__(model, "_initial_epoch", backup["epoch"])
        object.__setattr__(model, "_restart", backup)

    def _read(self) -> Any:
        found = [path for path in (self._path, self._previous) if path.exists()]
        for path in found:
            try:
                backup = torch.load(path, map_location="cpu", weights_only=True)
                if backup["version"] != _VERSION:
                    raise ValueError(f"its version is {backup['version']}")
            except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, KeyError) as error:
                if path != found[-1]:
                    warnings.warn(
                        f"The backup {path} can't be read ({error}); the one before is taken.",
                        stacklevel=2,
                    )
                    continue
                raise OSError(
                    f"The backup {path} can't be read; delete it to begin anew. Received: {error}"
                ) from error
            return backup
        return None

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note the epoch."""
        if epoch != self._epoch:
            self._last_batch = -1
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Back up after a number of batches."""
        if self.save_freq == "epoch" or not self.save_freq:
            return
        self._since += batch - self._last_batch
        self._last_batch = batch
        if self._since >= int(self.save_freq):
            self._since = 0
            self._write(self._epoch, numbers(logs))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Back up after an epoch."""
        self._last_batch = -1
        if self.save_freq == "epoch":
            self._write(epoch + 1, {})

    def _write(self, epoch: int, logs: dict[str, Any]) -> None:
        model = self.model
        backup = {
            "version": _VERSION,
            "epoch": epoch,
            "since": self._since,
            "position": model._fit_batches.position(),
            "state": training_state(model),
            "callbacks": _storable(self._of_others()),
            "logs": logs,
        }
        folder = Path(self.backup_dir)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with replacing(self._path) as temporary:
                torch.save(backup, temporary)
                if self.double_checkpoint and self._path.exists():
                    os.replace(self._path, self._previous)
        except (OSError, RuntimeError) as error:
            raise OSError(
                f"BackupAndRestore could not write {self._path}. A backup from before is whole. "
                f"Received: {error}"
            ) from error

    def _of_others(self) -> list[dict[str, Any]]:
        called = self.model.__dict__.get("_fit_callbacks")
        return called.states() if isinstance(called, CallbackList) else []

    def on_train_end(self, logs: Logs = None) -> None:
        """Delete the backup."""
        if not self.delete_checkpoint:
            return
        for path in (self._path, self._previous):
            path.unlink(missing_ok=True)
        folder = Path(self.backup_dir)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _storable(value: Any) -> Any:
    """Return a value with tensors for arrays, which files that hold no code can have."""
    if isinstance(value, dict):
        return {key: _storable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(one) for one in value]
    if isinstance(value, np.generic):
        return value.item()
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value
