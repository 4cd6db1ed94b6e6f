"""The layers of files that Keras 1 wrote, which kept recurrent weights gate by gate.

Arrays are called `lstm_1_W_i`, `lstm_1_U_i`, `lstm_1_b_i`, ...; the records have them joined as
Keras 2 and 3 do. (Keras 1.2.2, `keras/layers/recurrent.py` and `convolutional.py`.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from weight_port.errors import FileFormatError
from weight_port.formats.legacy_h5 import LegacyH5File
from weight_port.formats.tensors import LazyTensors, TensorInfo
from weight_port.gates import gate_order
from weight_port.layouts import get
from weight_port.records.config_tree import ConfigNode
from weight_port.records.record import LayerRecord

# Keras 1's letters of the gates, by the name of the gate.
_LETTERS = {
    "input": "i", "forget": "f", "cell": "c", "output": "o",
    "update": "z", "reset": "r", "new": "h",
}  # fmt: skip
_MATRICES = {"kernel": "W", "recurrent_kernel": "U", "bias": "b"}
_GATED = {"LSTM": "lstm", "GRU": "gru"}
_PLAIN = {
    "Dense": {"kernel": "W", "bias": "b"},
    "Embedding": {"embeddings": "W"},
    "SimpleRNN": _MATRICES,
    "BatchNormalization": {
        "gamma": "gamma",
        "beta": "beta",
        "moving_mean": "running_mean",
        # Named after the deviation, yet it holds the variance.
        "moving_variance": "running_std",
    },
    "Conv1D": {"kernel": "W", "bias": "b"},
    "Conv2D": {"kernel": "W", "bias": "b"},
}
_NEW_CLASS = {"Convolution1D": "Conv1D", "Convolution2D": "Conv2D"}


def is_keras1(file: LegacyH5File) -> bool:
    """Tell whether Keras 1 wrote a file: it says so, or says nothing and names arrays so."""
    version = file.metadata.get("keras_version", "")
    if version:
        return version.startswith("1.")
    return any(_own_name(key).endswith(("_W", "_W_i", "_W_z")) for key in file)


def records_of_keras1(file: LegacyH5File, nodes: Mapping[str, ConfigNode]) -> list[LayerRecord]:
    """Return the layers of a file of Keras 1, their weights joined and named as in Keras 3.

    Args:
        file: The open file.
        nodes: The layers of the configuration by name; empty without one.

    Raises:
        FileFormatError: If the file has a layer whose weights Keras 1 stored in a way that is not
            known here, or does not tell how.
    """
    records = []
    for name, keys in file.layers:
        runs: dict[str, dict[str, str]] = {}
        for key in keys:
            prefix, suffix = _split(_own_name(key))
            runs.setdefault(prefix, {})[suffix] = key
        for prefix, run in runs.items():
            node = nodes.get(name)
            leaf = list(node.walk())[-1] if node is not None else None
            role = _role(prefix, node)
            path = node.path if node is not None else name
            records.append(_record(file, f"{path}/{role}" if role else path, leaf, run))
    return records


def _role(prefix: str, node: ConfigNode | None) -> str:
    """Return the part that a wrapped layer has in its wrapper."""
    for direction in ("forward", "backward"):
        if prefix.startswith(f"{direction}_"):
            return f"{direction}_layer"
    return "layer" if node is not None and node.layer_class == "TimeDistributed" else ""


def _own_name(key: str) -> str:
    return re.sub(r":\d+$", "", key.rpartition("/")[2])


def _split(name: str) -> tuple[str, str]:
    """Split `lstm_1_W_i` into the layer's name and what follows it."""
    suffixes = {
        *(f"{m}_{letter}" for m in _MATRICES.values() for letter in _LETTERS.values()),
        *(suffix for table in _PLAIN.values() for suffix in table.values()),
    }
    for suffix in sorted(suffixes, key=len, reverse=True):
        if name.endswith(f"_{suffix}"):
            return name.removesuffix(f"_{suffix}"), suffix
    prefix, _, last = name.rpartition("_")
    return prefix, last


def _record(
    file: LegacyH5File, path: str, leaf: ConfigNode | None, run: Mapping[str, str]
) -> LayerRecord:
    layer_class = _class_of(file, path, leaf, run)
    config = leaf.config if leaf is not None else {}
    sources: dict[str, list[str]] = {}
    if layer_class in _GATED and "W" not in run:
        for weight, matrix in _MATRICES.items():
            gates = gate_order("keras", _GATED[layer_class])
            sources[weight] = [f"{matrix}_{_LETTERS[gate]}" for gate in gates]
    elif layer_class in _GATED:
        sources = {weight: [matrix] for weight, matrix in _MATRICES.items()}
    else:
        sources = {weight: [suffix] for weight, suffix in _PLAIN[layer_class].items()}
    sources = {w: s for w, s in sources.items() if any(suffix in run for suffix in s)}
    wanted = [suffix for suffixes in sources.values() for suffix in suffixes]
    if set(wanted) != set(run):
        raise FileFormatError(
            f"{file.path}: the weights of {path!r} are not those of a {layer_class} of Keras 1. "
            f"Received: {sorted(run)}"
        )
    layout = get(layer_class, **({"reset_after": False} if layer_class == "GRU" else {}))
    change = _change(file, path, layer_class, config)

    def read(weight: str) -> np.ndarray:
        arrays = [file.read(run[suffix]) for suffix in sources[weight]]
        joined = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=-1)
        return change(joined) if weight == "kernel" else joined

    infos = {}
    for weight, suffixes in sources.items():
        parts = [file[run[suffix]] for suffix in suffixes]
        infos[weight] = _joined_info(file, path, parts, change if weight == "kernel" else None)
    keys = {weight: ", ".join(run[s] for s in suffixes) for weight, suffixes in sources.items()}
    return LayerRecord(path, layer_class, layout, LazyTensors(infos, read), keys, config)


def _class_of(
    file: LegacyH5File, path: str, leaf: ConfigNode | None, run: Mapping[str, str]
) -> str:
    """Return the class by the configuration, else by the names of the arrays."""
    if leaf is not None:
        found = _NEW_CLASS.get(leaf.layer_class, leaf.layer_class)
        if found in _GATED or found in _PLAIN:
            return found
    else:
        if "W_i" in run:
            return "LSTM"
        if "W_z" in run:
            return "GRU"
        if "running_mean" in run:
            return "BatchNormalization"
        if run.keys() <= {"W", "b"} and "W" in run and len(file[run["W"]].shape) == 2:
            return "Dense" if "b" in run else "Embedding"
    raise FileFormatError(
        f"{file.path}: how Keras 1 stored the weights of {path!r} is not known. "
        f"Received: class {leaf.layer_class if leaf else 'unknown'}, weights {sorted(run)}"
    )


def _change(
    file: LegacyH5File, path: str, layer_class: str, config: Mapping[str, Any]
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what turns a kernel of Keras 1 into one of today."""
    if layer_class == "Conv2D" and config.get("dim_ordering") == "th":
        raise FileFormatError(
            f"{file.path}: the kernel of {path!r} may be flipped or not, by the backend that wrote "
            "it, which a file of Keras 1 does not tell. Received: dim_ordering='th'"
        )
    if layer_class == "Conv1D":
        return lambda kernel: kernel[:, 0] if kernel.ndim == 4 else kernel
    return lambda kernel: kernel


def _joined_info(
    file: LegacyH5File,
    path: str,
    parts: Sequence[TensorInfo],
    change: Callable[[np.ndarray], np.ndarray] | None,
) -> TensorInfo:
    first = parts[0]
    if any(part != first for part in parts) or not first.shape:
        raise FileFormatError(
            f"{file.path}: the gates of {path!r} have different shapes. "
            f"Received: {[part.shape for part in parts]}"
        )
    shape = (*first.shape[:-1], first.shape[-1] * len(parts))
    if change is not None:
        # Without memory for the values: only the shape is asked for.
        shape = change(np.broadcast_to(np.zeros((), np.bool_), shape)).shape
    return TensorInfo(tuple(shape), first.dtype)
