"""Weights in files of torch's world, under the keys of `state_dict` and in torch's layout."""

from __future__ import annotations

import json
import os
import warnings

import torch

from kerasish.layers.base.layer import Layer
from kerasish.layers.base.seed_states import without_seed_states
from weight_port import formats
from weight_port.formats import LazyTensors, OpenFile, TensorInfo
from weight_port.torch_arrays import numpy_of, tensor_of

FORMATS = ("safetensors", "torch", "npz")
# Part of a file's metadata, for readers of the file; loading goes by the keys alone.
_METADATA_LIMIT = 1 << 20


def save(model: Layer, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write the entries of `state_dict`, each tensor once.

    The metadata of a safetensors file tell the version of this package, the model's name and the
    paths that Keras gives the weights.

    Args:
        model: The model; built.
        filepath: Where to write; the ending tells the format.
        overwrite: Whether an existing file is replaced.
    """
    state = distinct_state(model)
    infos = {
        key: TensorInfo(tuple(value.shape), str(value.dtype).removeprefix("torch."))
        for key, value in state.items()
    }
    tensors = LazyTensors(infos, lambda key: numpy_of(state[key]))
    writer = formats.module_of(formats.format_of_name(filepath))
    writer.write(filepath, tensors, metadata=_metadata(model), overwrite=overwrite)


def _metadata(model: Layer) -> dict[str, str]:
    from kerasish import __version__

    paths = json.dumps([variable.path for variable in model.weights])
    return {
        "format": "pt",
        "kerasish_version": __version__,
        "model": model.name,
        **({"keras_paths": paths} if len(paths) < _METADATA_LIMIT else {}),
    }


def load(model: Layer, file: OpenFile, skip_mismatch: bool = False) -> None:
    """Write the tensors of a file into a model, by the keys of `state_dict`.

    A file that has none of the keys is matched by layers, as `weight_port.port` does.

    Args:
        model: The model.
        file: The open file.
        skip_mismatch: Whether what does not fit is left out, with a warning that lists it.

    Raises:
        ValueError: If anything does not fit; all of it is listed, and nothing is written.
    """
    wanted = distinct_state(model)
    if not wanted.keys() & set(file) and wanted:
        _port(model, file, skip_mismatch)
        return
    problems = [f"missing: {key}" for key in wanted if key not in file]
    problems += [f"unexpected: {key}" for key in without_seed_states(file) if key not in wanted]
    problems += [
        f"{key}: {file[key].shape} in the file, {tuple(tensor.shape)} in the model"
        for key, tensor in wanted.items()
        if key in file and file[key].shape != tuple(tensor.shape)
    ]
    if problems:
        listed = f"Weights of model '{model.name}' do not fit: {'; '.join(problems)}."
        if not skip_mismatch:
            raise ValueError(
                f"{listed} Nothing was changed; `skip_mismatch=True` loads what fits. "
                f"Received: {file.path}"
            )
        warnings.warn(f"{listed} These were left out (skip_mismatch=True).", stacklevel=4)
    fitting = [key for key in wanted if key in file and file[key].shape == tuple(wanted[key].shape)]
    # All are read before the first is written: a broken file leaves the model as it was.
    found = {key: tensor_of(file.read(key)) for key in fitting}
    with torch.no_grad():
        for key, value in found.items():
            wanted[key].copy_(value)


def _port(model: Layer, file: OpenFile, skip_mismatch: bool) -> None:
    """Match by layers a file that has none of the model's keys, as `weight-port convert` writes."""
    from weight_port.porting import port

    port(file.path, model, strict=not skip_mismatch, skip_mismatch=skip_mismatch)


def distinct_state(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the entries of `state_dict`, each tensor under the first of its keys.

    Layers that are reached in several ways have several keys. States of seed generators are left
    out, as Keras does in its files.

    Args:
        model: The model.
    """
    seen: set[tuple] = set()
    kept = {}
    for key, tensor in without_seed_states(model.state_dict()).items():
        where = (tensor.data_ptr(), tensor.storage_offset(), tensor.shape, tensor.stride())
        if tensor.numel() == 0 or where not in seen:
            seen.add(where)
            kept[key] = tensor
    return kept
