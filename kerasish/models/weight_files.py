"""`save_weights` and `load_weights`: a model's weights in a safetensors file."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch

from kerasish.layers.base.layer import Layer

# Part of the file's metadata, for readers of the file; loading goes by the keys alone.
_METADATA_LIMIT = 1 << 20


class WeightFiles(Layer):
    """The part of `Model` that stores weights."""

    def save_weights(self, filepath: str | os.PathLike, overwrite: bool = True) -> None:
        """Write all weights to a safetensors file, under the keys of `state_dict`.

        The file appears under its name only when it is complete. Its metadata tell the version of
        this package, the model's name and the paths that Keras gives the weights.

        Args:
            filepath: Where to write; it ends in `.safetensors`.
            overwrite: Whether an existing file is replaced.

        Raises:
            ValueError: If the name has another ending, or the model is not built.
            FileExistsError: If the file exists and `overwrite` is False.
        """
        from safetensors.torch import save_file

        path = _checked_path(filepath, self.name)
        if not self.built:
            raise ValueError(
                f"Model '{self.name}' has no weights before it is built; call it on data first. "
                f"Received: save_weights({str(path)!r})"
            )
        if path.exists() and not overwrite:
            raise FileExistsError(
                f"save_weights does not replace a file with overwrite=False. Received: {path}"
            )
        tensors = {key: value.contiguous() for key, value in distinct_state(self).items()}
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        try:
            save_file(tensors, temporary, metadata=self._file_metadata())
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _file_metadata(self) -> dict[str, str]:
        from kerasish import __version__

        paths = json.dumps([variable.path for variable in self.weights])
        return {
            "format": "pt",
            "kerasish_version": __version__,
            "model": self.name,
            **({"keras_paths": paths} if len(paths) < _METADATA_LIMIT else {}),
        }

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
        from safetensors import SafetensorError, safe_open

        path = _checked_path(filepath, self.name)
        if kwargs:
            raise ValueError(f"load_weights does not know these arguments. Received: {kwargs}")
        if not path.is_file():
            raise FileNotFoundError(f"There is no file to load weights from. Received: {path}")
        wanted = distinct_state(self)
        try:
            with safe_open(path, "pt") as file:
                # Shapes are compared before any values are read.
                keys = file.keys()  # not a dict: it can't be iterated itself
                shapes = {key: tuple(file.get_slice(key).get_shape()) for key in keys}
                problems = _problems(wanted, shapes)
                if problems and not skip_mismatch:
                    hint = "" if self.built else " The model is not built; call it on data first."
                    raise ValueError(
                        f"Weights of model '{self.name}' do not fit.{hint} "
                        f"Received: {path} with {'; '.join(problems)}"
                    )
                fitting = [
                    key for key in wanted if key in shapes and shapes[key] == wanted[key].shape
                ]
                found = {key: file.get_tensor(key) for key in fitting}
        except SafetensorError as error:
            raise ValueError(
                f"The file is not a complete safetensors file: {error}. Received: {path}"
            ) from error
        with torch.no_grad():
            for key, value in found.items():
                wanted[key].copy_(value)


def distinct_state(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the entries of `state_dict`, each tensor under the first of its keys.

    Layers that are reached in several ways have several keys.

    Args:
        model: The model.
    """
    seen: set[tuple] = set()
    kept = {}
    for key, tensor in model.state_dict().items():
        where = (tensor.data_ptr(), tensor.storage_offset(), tensor.shape, tensor.stride())
        if tensor.numel() == 0 or where not in seen:
            seen.add(where)
            kept[key] = tensor
    return kept


def _problems(wanted: dict[str, torch.Tensor], shapes: dict[str, tuple]) -> list[str]:
    problems = [f"missing: {key}" for key in wanted if key not in shapes]
    problems += [f"unexpected: {key}" for key in shapes if key not in wanted]
    return problems + [
        f"{key}: {shapes[key]} in the file, {tuple(tensor.shape)} in the model"
        for key, tensor in wanted.items()
        if key in shapes and shapes[key] != tensor.shape
    ]


def _checked_path(filepath: str | os.PathLike, name: str) -> Path:
    path = Path(filepath)
    if path.suffix != ".safetensors":
        raise ValueError(
            f"Model '{name}' stores its weights in files that end in .safetensors; files of Keras "
            "(.keras, .weights.h5, .h5) are read and written by the weight porter, the package "
            f"weight_port. Received: {str(path)!r}"
        )
    return path


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
