"""Batches for training: from arrays, tensors, data frames, loaders, data sets and generators."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from kerasish.dtypes import torch_dtype
from kerasish.pipelines import Pipeline
from kerasish.strings import as_strings, is_list_of_text, is_text
from kerasish.trainers.class_weights import weights_of_classes
from kerasish.trainers.nested import flatten, is_nested, pack
from kerasish.trainers.py_dataset import PyDataset
from kerasish.trainers.shuffling import batch_order, sample_order

DEFAULT_BATCH_SIZE = 32
Batch = tuple[Any, Any, Any]


class Source:
    """Where batches `(x, y, sample_weight)` come from.

    Args:
        make: Starts the batches of an epoch.
        count: Number of batches of an epoch, if known.
        epoch_hooks: Object with `on_epoch_begin` and `on_epoch_end`, if any.
        pipeline: The pipeline that the batches come from, if any.
    """

    def __init__(
        self,
        make: Callable[[], Iterator[Batch]],
        count: int | None,
        epoch_hooks: Any = None,
        pipeline: Pipeline | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.make = make
        self.count = count
        self.epoch_hooks = epoch_hooks


def source_of(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: bool | str = False,
    class_weight: Mapping[int, float] | None = None,
    device: torch.device | None = None,
) -> Source:
    """Return where batches come from.

    The order of arrays is that of Keras after `set_random_seed` (see `shuffling`), else from torch.

    Args:
        x: Inputs: arrays, tensors, data frames, or lists and dicts of them; or a `DataLoader`,
            `Dataset`, `PyDataset`, iterable or generator of `(x, y)` or `(x, y, sample_weight)`.
        y: Targets, for arrays.
        sample_weight: Weights of the samples, for arrays.
        batch_size: Number of samples in a batch, 32 by default.
        steps: Number of batches of an epoch, if given.
        shuffle: Whether the order is random; `"batch"` for arrays: within each batch alone.
        class_weight: Weight by class.
        device: Where the batches go.

    Raises:
        ValueError: If the data do not fit each other.
    """
    if is_arrays(x):
        return _of_arrays(x, y, sample_weight, batch_size, steps, shuffle, class_weight, device)
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"`{name}` comes with the batches of a {type(x).__name__}, as (x, y) or "
                f"(x, y, sample_weight). Received: {name} of type {type(value).__name__}"
            )
    if isinstance(x, Dataset):
        ordered = bool(shuffle) and not isinstance(x, IterableDataset)
        x = DataLoader(x, batch_size=batch_size or DEFAULT_BATCH_SIZE, shuffle=ordered)
    if isinstance(x, PyDataset):
        return _of_py_dataset(x, shuffle, class_weight, device)
    if isinstance(x, (str, bytes)) or is_nested(x) or not isinstance(x, Iterable):
        raise ValueError(
            "Training takes arrays or tensors, lists or dicts of them, data frames, a DataLoader, "
            "a Dataset, a PyDataset, or a generator of (x, y). "
            f"Received: x of type {type(x).__name__}"
        )
    count = len(x) if isinstance(x, Sized) and not _endless(x) else None
    labelled = (tuple, list) if isinstance(x, DataLoader) else (tuple,)

    def batches() -> Iterator[Batch]:
        for batch in x:
            yield _finished(_unpacked(batch, labelled), class_weight, device)

    return Source(batches, count, pipeline=x if isinstance(x, Pipeline) else None)


def _endless(x: Any) -> bool:
    return isinstance(x, DataLoader) and isinstance(x.dataset, IterableDataset)


def _of_py_dataset(data: PyDataset, shuffle: bool | str, class_weight: Any, device: Any) -> Source:
    count = data.num_batches

    def batches() -> Iterator[Batch]:
        order: Iterable[int] = itertools.count() if count is None else range(count)
        if shuffle and count is not None:
            order = batch_order(count)
        for index in order:
            yield _finished(_unpacked(data[index], (tuple,)), class_weight, device)

    return Source(batches, count, data)


def is_arrays(x: Any) -> bool:
    """Whether data are arrays, or lists, tuples or dicts of them, or lists of numbers."""
    if is_nested(x):
        if is_list_of_text(x):
            return True
        leaves = flatten(x)
        return bool(leaves) and all(
            leaf is None or is_array(leaf) or isinstance(leaf, (int, float)) for leaf in leaves
        )
    return is_array(x)


def is_array(x: Any) -> bool:
    """Whether a value is a tensor, or NumPy can read it as an array."""
    return isinstance(x, torch.Tensor) or (hasattr(x, "__array__") and hasattr(x, "shape"))


def as_tensors(data: Any) -> Any:
    """Read arrays as tensors; floats become the default float type, as in Keras."""
    if data is None:
        return None
    if is_list_of_text(data):
        return as_strings(data)
    if is_nested(data):
        if isinstance(data, (list, tuple)) and all(
            isinstance(leaf, (int, float)) for leaf in flatten(data)
        ):
            return as_tensors(_array_of(data))
        if isinstance(data, dict):
            return {key: as_tensors(value) for key, value in data.items()}
        return type(data)(as_tensors(item) for item in data)
    if not isinstance(data, torch.Tensor):
        array = np.asarray(data)
        if array.dtype.kind in "USTO" and is_text(array):
            return as_strings(array)
        if array.dtype.kind not in "fiub":
            array = _numbers(array)
        data = (
            torch.tensor(array)
            if not array.flags.writeable
            else torch.from_numpy(np.ascontiguousarray(array))
        )
    if data.is_floating_point() and data.dtype != torch_dtype(None):
        data = data.to(torch_dtype(None))
    return data


def _numbers(array: np.ndarray) -> np.ndarray:
    """Read an array of objects as numbers.

    Raises:
        ValueError: If there are others in it.
    """
    if array.dtype.kind == "V" and array.dtype.names is None:  # bfloat16 and its like
        return array.astype(np.dtype("float32"))
    try:
        if array.dtype.kind == "O":
            return array.astype(np.dtype("float64"))
    except (ValueError, TypeError) as error:
        raise ValueError(
            "Training takes arrays of numbers or text, all rows of one length; pad sequences with "
            f"pad_sequences. Received: an array of objects of shape {array.shape} ({error})"
        ) from error
    raise ValueError(
        "Training takes real numbers or text; dates and complex numbers have to be turned into "
        f"them. Received: an array of dtype {array.dtype}"
    )


def _array_of(numbers: Any) -> np.ndarray:
    try:
        return np.asarray(numbers)
    except ValueError as error:
        raise ValueError(
            "Lists of numbers have to have rows of one length; pad sequences with pad_sequences. "
            f"Received: {error}"
        ) from error


def _of_arrays(
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: int | None,
    steps: int | None,
    shuffle: bool | str,
    class_weight: Any,
    device: torch.device | None,
) -> Source:
    x, y, sample_weight = map(as_tensors, (x, y, sample_weight))
    if class_weight is not None:
        sample_weight = weights_of_classes(y, sample_weight, class_weight)
    parts = (x, y, sample_weight)
    length = length_of(parts)
    if batch_size is None:
        batch_size = math.ceil(length / steps) if steps else DEFAULT_BATCH_SIZE
    if not hasattr(batch_size, "__index__") or batch_size < 1:
        raise ValueError(
            f"`batch_size` has to be a positive whole number. Received: batch_size={batch_size!r}"
        )
    size = batch_size

    def take(index: Any) -> Batch:
        picked = [
            None
            if part is None
            else map_leaves(lambda leaf: _moved(_rows(leaf, index), device), part)
            for part in parts
        ]
        return picked[0], picked[1], picked[2]

    def batches() -> Iterator[Batch]:
        if shuffle:
            yield from map(take, sample_order(length, size, shuffle))
            return
        for start in range(0, length, size):
            yield take(slice(start, min(start + size, length)))

    return Source(batches, math.ceil(length / batch_size))


def length_of(parts: Any) -> int:
    """Return the number of samples that all arrays have.

    Raises:
        ValueError: If they differ, or there are none.
    """
    shapes = {
        name: [tuple(leaf.shape) for leaf in flatten(part) if leaf is not None]
        for name, part in zip(("x", "y", "sample_weight"), parts, strict=False)
        if part is not None
    }
    lengths = {shape[0] if shape else None for one in shapes.values() for shape in one}
    if len(lengths) != 1 or None in lengths:
        raise ValueError(
            "All arrays have to have the same number of samples, on their first axis. "
            f"Received: {shapes}"
        )
    length = lengths.pop()
    if not length:
        raise ValueError(f"There has to be at least one sample. Received: {shapes}")
    return length


def map_leaves(function: Callable[[Any], Any], data: Any) -> Any:
    """Call a function on all arrays of a structure."""
    if not is_nested(data):
        return None if data is None else function(data)
    return pack(data, [None if leaf is None else function(leaf) for leaf in flatten(data)])


def _rows(leaf: Any, index: Any) -> Any:
    if isinstance(leaf, torch.Tensor) and isinstance(index, torch.Tensor):
        return leaf.index_select(0, index.to(leaf.device))
    return leaf[index]


def _moved(value: Any, device: torch.device | None) -> Any:
    if device is None or not isinstance(value, torch.Tensor) or value.device == device:
        return value
    return value.to(device, non_blocking=True)


def _unpacked(batch: Any, labelled: tuple) -> Batch:
    if not isinstance(batch, labelled):
        return batch, None, None
    if not 1 <= len(batch) <= 3:
        raise ValueError(
            "A batch has inputs, targets and sample weights: (x,), (x, y) or "
            f"(x, y, sample_weight). Received: {len(batch)} parts"
        )
    x, y, sample_weight = (*batch, None, None)[:3]
    return x, y, sample_weight


def _finished(batch: Batch, class_weight: Any, device: torch.device | None) -> Batch:
    x, y, sample_weight = map(as_tensors, batch)
    if class_weight is not None:
        sample_weight = weights_of_classes(y, sample_weight, class_weight)
    parts = [map_leaves(lambda leaf: _moved(leaf, device), p) for p in (x, y, sample_weight)]
    return parts[0], parts[1], parts[2]


def split_validation(parts: tuple, fraction: float) -> tuple[tuple, tuple]:
    """Split the last part of the samples off, before any shuffling.

    Args:
        parts: `x`, `y` and `sample_weight`.
        fraction: Part of the samples that is split off.

    Raises:
        ValueError: If the data are no arrays, or one of the sides would be empty.
    """
    if not 0 < fraction < 1 or not is_arrays(parts[0]):
        raise ValueError(
            "`validation_split` is a number between 0 and 1, for arrays and tensors. "
            f"Received: validation_split={fraction} with x of type {type(parts[0]).__name__}"
        )
    tensors = tuple(map(as_tensors, parts))
    length = length_of(tensors)
    at = math.floor(length * (1.0 - fraction))
    if at in (0, length):
        raise ValueError(
            f"`validation_split` leaves one side without samples. Received: {length} samples and "
            f"validation_split={fraction}"
        )
    first = tuple(map_leaves(lambda leaf: leaf[:at], part) for part in tensors)
    return first, tuple(map_leaves(lambda leaf: leaf[at:], part) for part in tensors)
