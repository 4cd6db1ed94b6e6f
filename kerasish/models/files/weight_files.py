"""`save_weights`, `load_weights` and `save`: a model's part in storing itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.models.files import state_files
from kerasish.models.files.keras_files import KERAS_FORMATS, save_model, write_keras_weights
from kerasish.models.files.training_state import restore_optimizer_state
from weight_port import formats
from weight_port.formats import Limits


class WeightFiles(Layer):
    """The part of `Model` that reads and writes files."""

    def save(self, filepath: str | os.PathLike, overwrite: bool = True, **kwargs: Any) -> None:
        """Write architecture and weights to a file that Keras 3 loads too.

        Args:
            filepath: Where to write: a `.keras` file, or an old `.h5`/`.hdf5` one.
            overwrite: Whether an existing file is replaced.
            **kwargs: `include_optimizer` and `save_format` of older versions.

        Raises:
            ValueError: If the name has another ending, or the model is not built.
            FileExistsError: If the file exists and `overwrite` is False.
        """
        save_model(self, filepath, overwrite, **kwargs)

    def save_weights(self, filepath: str | os.PathLike, overwrite: bool = True) -> None:
        """Write all weights to a file, in the format that the ending names.

        Args:
            filepath: Where to write. `.weights.h5` and `.h5`/`.hdf5` are Keras's formats, new and
                old, in Keras's layout; `.safetensors`, `.pt`/`.pth` and `.npz` hold the entries of
                `state_dict`, in torch's.
            overwrite: Whether an existing file is replaced.

        Raises:
            ValueError: If the name has another ending, or the model is not built.
            FileExistsError: If the file exists and `overwrite` is False.
        """
        kind = formats.format_of_name(filepath)
        if not self.built:
            raise ValueError(
                f"Model '{self.name}' has no weights before it is built; call it on data first. "
                f"Received: save_weights({str(filepath)!r})"
            )
        if kind in ("weights.h5", "h5"):
            write_keras_weights(self, filepath, overwrite)
        elif kind in state_files.FORMATS:
            state_files.save(self, filepath, overwrite)
        else:
            raise ValueError(
                f"Model '{self.name}' can't store weights alone in a file of that kind; use "
                ".weights.h5, .h5, .safetensors, .pt or .npz, or `model.save` for the whole "
                f"model. Received: {str(filepath)!r}"
            )

    def load_weights(
        self,
        filepath: str | os.PathLike,
        skip_mismatch: bool = False,
        *,
        by_name: bool = False,
        limits: Limits = formats.DEFAULT_LIMITS,
        **kwargs: Any,
    ) -> None:
        """Read weights from a file of any known format.

        The file's content tells the format: Keras's `.weights.h5`, `.keras` and old HDF5 files,
        checkpoints of TensorFlow and SavedModels, safetensors, torch's and NumPy's files.

        Args:
            filepath: The file; for a checkpoint its prefix (`ckpt-1`), its `.index`, or its folder.
            skip_mismatch: Whether weights that are missing, unknown or of another shape are left
                out, with a warning that lists them. By default any of them is an error, and
                nothing is changed.
            by_name: For old HDF5 files: whether layers are found by name and not by order, and
                those that only one side has are left out.
            limits: What the file may ask for.
            **kwargs: None are known.

        Raises:
            ValueError: If the weights do not fit; all that do not are listed.
            FileFormatError: If the file is broken, unsafe or of no known format.
            FileNotFoundError: If there is no such file.
        """
        if kwargs:
            raise ValueError(f"load_weights does not know these arguments. Received: {kwargs}")
        path = Path(filepath)
        if not path.exists() and not path.with_name(path.name + ".index").exists():
            raise FileNotFoundError(f"There is no file to load weights from. Received: {path}")
        if not self.built:
            raise ValueError(
                f"Model '{self.name}' has no weights before it is built; call it on data first. "
                f"Received: load_weights({str(path)!r})"
            )
        with formats.open_file(path, limits=limits) as file:
            if file.format in KERAS_FORMATS:
                from kerasish.models.files.keras_weights import load_keras_weights

                load_keras_weights(self, file, skip_mismatch=skip_mismatch, by_name=by_name)
                if file.format in ("weights.h5", "keras"):
                    restore_optimizer_state(self, file)
            else:
                state_files.load(self, file, skip_mismatch)
