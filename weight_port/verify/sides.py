"""The two sides of a comparison of outputs, whatever framework they run in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from weight_port.records.record import LayerRecord
from weight_port.verify.inputs import InputSpec


@runtime_checkable
class Runnable(Protocol):
    """A model that can be run and tells what its layers gave."""

    def input_specs(self) -> list[InputSpec]:
        """Return what its inputs must be, in order; empty if it does not know."""

    def layer_outputs(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the output of each layer by its path, in the order of the calls."""


@dataclass(frozen=True, eq=False)
class LayerCall:
    """One call of a layer.

    Attributes:
        output: Its output; of several, the first.
        inputs: The arrays that it was called on.
        mask: The mask that it was given or that came with its input, if any.
    """

    output: np.ndarray
    inputs: tuple[np.ndarray, ...] = ()
    mask: np.ndarray | None = None


@runtime_checkable
class Traceable(Runnable, Protocol):
    """A model that tells inputs, masks and weights, too: then causes can be looked for."""

    def layer_calls(self, inputs: Mapping[str, np.ndarray]) -> dict[str, LayerCall]:
        """Return the calls of the layers by path, in order."""

    def records(self) -> list[LayerRecord]:
        """Return the layers with their weights and configurations; the paths are the same."""


def to_numpy(value: Any) -> np.ndarray | None:
    """Return a tensor of any framework as an array; None for anything else."""
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    if hasattr(value, "detach"):
        tensor = value.detach().cpu()
        if str(tensor.dtype) == "torch.bfloat16":
            tensor = tensor.float()
        return np.array(tensor.numpy())
    if hasattr(value, "numpy") and hasattr(value, "shape"):
        return np.asarray(value.numpy())
    return None


def arrays_in(value: Any) -> list[np.ndarray]:
    """Return the tensors in a nest of lists, tuples and dicts as arrays."""
    if isinstance(value, Mapping):
        return [array for item in value.values() for array in arrays_in(item)]
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in arrays_in(item)]
    array = to_numpy(value)
    return [] if array is None else [array]


def first_tensor(value: Any) -> Any:
    """Return the first tensor in a nest, as it is; None if there is none."""
    items = list(value.values()) if isinstance(value, Mapping) else value
    if isinstance(items, (list, tuple)):
        return next((t for t in map(first_tensor, items) if t is not None), None)
    return items if hasattr(items, "shape") else None


def free_path(path: str, used: Mapping[str, Any]) -> str:
    """Return the path of a call: `path`, and `path:2` for the second call of a shared layer."""
    number, free = 2, path
    while free in used:
        free, number = f"{path}:{number}", number + 1
    return free
