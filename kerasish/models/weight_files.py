"""`save_weights` and `load_weights`: a model's weights in a safetensors file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import torch

from kerasish.layers.base.layer import Layer


class WeightFiles(Layer):
    """The part of `Model` that stores weights."""

    def save_weights(self, filepath: str | os.PathLike, overwrite: bool = True) -> None:
        """Write all weights to a safetensors file, under the keys of `state_dict`.

        The file is written under a temporary name and renamed when it is complete.

        Args:
            filepath: Where to write; it ends in `.safetensors`.
            overwrite: Whether an existing file is replaced.

        Raises:
            ValueError: If the name has another ending, or the model is not built.
            FileExistsError: If the file exists and `overwrite` is False.
        """
        from safetensors.torch import save_file

        path = _checked_path(filepath, self.name)
        if path.exists() and not overwrite:
            raise FileExistsError(
                f"save_weights does not replace a file with overwrite=False. Received: {path}"
            )
        if not self.built:
            raise ValueError(
                f"Model '{self.name}' has no weights before it is built; call it on data first. "
                f"Received: save_weights({str(path)!r})"
            )
        tensors = {key: value.contiguous() for key, value in _distinct(self.state_dict()).items()}
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        try:
            save_file(tensors, temporary, metadata={"format": "pt", "model": self.name})
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def load_weights(
        self, filepath: str | os.PathLike, skip_mismatch: bool = False, **kwargs: Any
    ) -> None:
        """Read weights from a file that `save_weights` wrote.

        Args:
            filepath: The file; it ends in `.safetensors`.
            skip_mismatch: Whether weights that are missing, unknown or of another shape are left
                out. By default any of them is an error, and nothing is changed.
            **kwargs: None are known.

        Raises:
            ValueError: If the weights do not fit; all that do not are listed.
            FileNotFoundError: If there is no such file.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = _checked_path(filepath, self.name)
        if kwargs:
            raise ValueError(f"load_weights does not know these arguments. Received: {kwargs}")
        if not path.exists():
            raise FileNotFoundError(f"There is no file to load weights from. Received: {path}")
        try:
            found = load_file(path)
        except SafetensorError as error:
            raise ValueError(f"{path} is not a safetensors file: {error}") from error
        wanted = _distinct(self.state_dict())
        problems = [f"missing: {key}" for key in wanted if key not in found]
        problems += [f"unexpected: {key}" for key in found if key not in wanted]
        problems += [
            f"{key}: {tuple(value.shape)} in the file, {tuple(wanted[key].shape)} in the model"
            for key, value in found.items()
            if key in wanted and value.shape != wanted[key].shape
        ]
        if problems and not skip_mismatch:
            hint = "" if self.built else " The model is not built; call it on data first."
            raise ValueError(
                f"Weights of model '{self.name}' do not fit.{hint} "
                f"Received: {path} with " + "; ".join(problems)
            )
        with torch.no_grad():
            for key, target in wanted.items():
                if key in found and found[key].shape == target.shape:
                    target.copy_(found[key])


def _distinct(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Leave out further keys of a tensor that shared layers have."""
    kept: dict[tuple, str] = {}
    for key, tensor in state.items():
        kept.setdefault((tensor.data_ptr(), tensor.shape, tensor.numel() and id(tensor)), key)
    names = set(kept.values())
    return {key: tensor for key, tensor in state.items() if key in names}


def _checked_path(filepath: str | os.PathLike, name: str) -> Path:
    path = Path(filepath)
    if path.suffix != ".safetensors":
        raise ValueError(
            f"Model '{name}' stores weights in files that end in .safetensors; Keras files (.h5, "
            f".keras) are not supported here. Received: {str(path)!r}"
        )
    return path
