"""Targets, predictions and weights as tensors, converted as in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish import config
from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.graph.structure import flatten
from kerasish.saving.dtype_policy import DTypePolicy


def compute_dtype(dtype: Any) -> str:
    """Return Keras's name of the type that a loss or metric computes in.

    Args:
        dtype: None (the default float type), anything that names a dtype, or a dtype policy by
            name, config or instance, of which the type of the computation counts.

    Raises:
        ValueError: If there is no such dtype.
    """
    if isinstance(dtype, dict) and "config" in dtype:
        dtype = dtype["config"].get("name")
    if isinstance(dtype, str) and dtype.startswith("mixed_"):
        return DTypePolicy(dtype).compute_dtype
    return getattr(dtype, "compute_dtype", None) or standardize_dtype(dtype)


def to_tensor(
    value: Any, dtype: torch.dtype | None = None, device: torch.device | None = None
) -> torch.Tensor:
    """Return a value as a tensor.

    Args:
        value: A tensor, array, number, or nested lists of numbers or tensors. Numbers and lists
            without a dtype of their own become the default float type, int32 or bool.
        dtype: Type to cast to, or None to leave it.
        device: Where the tensor has to be; a tensor stays where it is if None.

    Raises:
        ValueError: For an array that holds no numbers.
    """
    if isinstance(value, torch.Tensor):
        if device is not None and value.device != device:
            value = value.to(device)
        return value if dtype is None or value.dtype == dtype else value.to(dtype)
    if isinstance(value, (bool, int, float)):
        if dtype is None:
            dtype = torch_dtype(None if isinstance(value, float) else type(value))
        # A fill on the device itself: no copy from the host that the device would wait for.
        return torch.full((), value, dtype=dtype, device=device)
    inner = getattr(value, "value", None)
    if isinstance(inner, torch.Tensor):  # a weight or the state of a metric
        return to_tensor(inner, dtype, device)
    if isinstance(value, (list, tuple)) and any(
        isinstance(v, torch.Tensor) for v in flatten(value)
    ):
        return torch.stack([to_tensor(item, dtype, device) for item in value])
    return _from_numpy(value, dtype, device)


def _from_numpy(value: Any, dtype: torch.dtype | None, device: torch.device | None) -> torch.Tensor:
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "USMmV":
        raise ValueError(
            "Targets, predictions and weights have to be numbers in an array of one shape. "
            f"Received: {value!r} of type {type(value).__name__}"
        )
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()
    if dtype is None and isinstance(value, (list, tuple)) and not _holds_arrays(value):
        kinds = {"f": torch_dtype(config.floatx()), "i": torch.int32}
        dtype = kinds.get(array.dtype.kind)
    return torch.as_tensor(array, dtype=dtype, device=device)


def _holds_arrays(values: list | tuple) -> bool:
    return any(isinstance(item, (np.ndarray, np.generic)) for item in values)


def convert_pair(y_true: Any, y_pred: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return targets and predictions as tensors of one float type, on the predictions' device.

    Integer predictions become the default float type.
    """
    y_pred = to_tensor(y_pred)
    if not y_pred.is_floating_point():
        y_pred = y_pred.to(torch_dtype(None))
    return to_tensor(y_true, y_pred.dtype, y_pred.device), y_pred


def convert_structure(value: Any, dtype: torch.dtype, device: torch.device | None = None) -> Any:
    """Convert what stands in nested lists, tuples and dicts; a list of numbers is one tensor."""
    if isinstance(value, dict):
        return {key: convert_structure(item, dtype, device) for key, item in value.items()}
    numbers = (bool, int, float, np.generic)
    if isinstance(value, (list, tuple)) and not all(isinstance(v, numbers) for v in flatten(value)):
        items = [convert_structure(item, dtype, device) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return to_tensor(value, dtype, device)


def device_of(value: Any) -> torch.device | None:
    """Return the device of the first tensor in a structure, or None."""
    if isinstance(value, torch.Tensor):
        return value.device
    for leaf in flatten(value):
        if isinstance(leaf, torch.Tensor):
            return leaf.device
    return None
