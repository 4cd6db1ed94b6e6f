"""The torch side of `weight_port.arrays`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch


def concatenate(tensors: Sequence[torch.Tensor], axis: int) -> torch.Tensor:
    """Join tensors along an existing axis."""
    return torch.cat(list(tensors), axis)


def stack(tensors: Sequence[torch.Tensor], axis: int) -> torch.Tensor:
    """Join tensors along a new axis."""
    return torch.stack(list(tensors), axis)


def reorder_blocks(tensor: torch.Tensor, axis: int, permutation: tuple[int, ...]) -> torch.Tensor:
    """Reorder equal blocks along an axis."""
    blocks = tensor.split(tensor.shape[axis] // len(permutation), axis)
    return torch.cat([blocks[i] for i in permutation], axis)


def tensor_of(array: np.ndarray) -> torch.Tensor:
    """Return an array as a tensor, the types that NumPy does not have included.

    The tensor may share the array's memory; a read-only array is copied.
    """
    if array.dtype.name in _RAW:
        raw, dtype = _RAW[array.dtype.name]
        return tensor_of(array.view(raw)).view(dtype)
    if not array.flags.writeable or not array.flags.c_contiguous or not array.dtype.isnative:
        array = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
    return torch.from_numpy(array)


def numpy_of(tensor: torch.Tensor) -> np.ndarray:
    """Return a tensor's values as an array, in `ml_dtypes` where NumPy does not have the type."""
    tensor = tensor.detach().cpu()
    for name, (raw, dtype) in _RAW.items():
        if tensor.dtype == dtype:
            import ml_dtypes

            integers = torch.uint8 if raw == np.uint8 else torch.int16
            held = tensor.contiguous().view(integers).numpy()
            return held.view(getattr(ml_dtypes, name))
    return tensor.resolve_conj().resolve_neg().numpy()


_RAW = {
    "bfloat16": (np.int16, torch.bfloat16),
    "float8_e4m3fn": (np.uint8, torch.float8_e4m3fn),
    "float8_e5m2": (np.uint8, torch.float8_e5m2),
    "float8_e4m3fnuz": (np.uint8, torch.float8_e4m3fnuz),
    "float8_e5m2fnuz": (np.uint8, torch.float8_e5m2fnuz),
}
