"""Inputs to compare two models on: random ones that fit, or those of a file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from weight_port.errors import WeightPortError
from weight_port.formats.dtypes import numpy_dtype


@dataclass(frozen=True)
class InputSpec:
    """What an input of a model must be.

    Attributes:
        name: Its name.
        shape: Its shape with the batch axis; None for a size that is free.
        dtype: Its type by name.
        below: For whole numbers, the number that all are below (the rows of an Embedding).
        mask_value: The value that masks a step, where a layer reads a mask off this input.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    below: int | None = None
    mask_value: float | None = None

    @property
    def of_integers(self) -> bool:
        """Whether it holds whole numbers."""
        return self.below is not None or numpy_dtype(self.dtype).kind in "iu"


def random_inputs(
    specs: Sequence[InputSpec], *, batch: int = 4, free: int | None = None, seed: int = 0
) -> dict[str, np.ndarray]:
    """Make random inputs.

    Floats are normal, whole numbers uniform below their bound. Where a mask is read off an input,
    the steps at the end of some rows are masked, those of the last row all but one.

    Args:
        specs: What the inputs must be.
        batch: The size of the batch.
        free: The size of other free axes; by default 7 for sequences and 32 for images.
        seed: The seed; the same specs and seed give the same inputs.

    Returns:
        The inputs by name.
    """
    rng = np.random.default_rng(seed)
    result = {}
    for spec in specs:
        size = free if free is not None else (7 if len(spec.shape) < 4 else 32)
        shape = tuple(
            (batch if axis == 0 else size) if length is None else length
            for axis, length in enumerate(spec.shape)
        )
        dtype = numpy_dtype(spec.dtype)
        if spec.of_integers:
            # 0 is what masks, so that it comes up at the ends alone.
            low = 1 if spec.mask_value == 0 and (spec.below is None or spec.below > 1) else 0
            values: np.ndarray = rng.integers(low, 10 if spec.below is None else spec.below, shape)
        elif dtype.kind == "b":
            values = rng.integers(0, 2, shape)
        else:
            values = rng.normal(size=shape)
        array = values.astype(dtype)
        if spec.mask_value is not None and array.ndim >= 2:
            _mask_ends(array, spec.mask_value)
        result[spec.name] = array
    return result


def _mask_ends(array: np.ndarray, value: float) -> None:
    """Mask steps at the end: none in the first row, more and more, all but one in the last."""
    rows, steps = array.shape[:2]
    for row in range(rows):
        keep = steps - (steps - 1) * row // max(1, rows - 1)
        array[row, keep:] = value


def load_inputs(path: str | os.PathLike, specs: Sequence[InputSpec]) -> dict[str, np.ndarray]:
    """Read inputs from an `.npz` file that has them by name.

    Args:
        path: The file.
        specs: What the inputs must be. A single input may have any name in the file.

    Returns:
        The inputs by name, in their dtypes.

    Raises:
        WeightPortError: If an input is missing, or has another shape.
    """
    with np.load(path, allow_pickle=False) as file:
        names = list(file.files)
        wanted = {spec.name: spec.name for spec in specs}
        if len(specs) == len(names) == 1:
            wanted = {specs[0].name: names[0]}
        missing = [name for name, held in wanted.items() if held not in names]
        if missing:
            raise WeightPortError(
                f"The file must have an array for each input {list(wanted)}; {missing} are "
                f"missing. Received: {os.fspath(path)} with {names}"
            )
        arrays = {name: file[held] for name, held in wanted.items()}
    return check_inputs(arrays, specs)


def check_inputs(
    arrays: Mapping[str, np.ndarray], specs: Sequence[InputSpec]
) -> dict[str, np.ndarray]:
    """Return inputs in the types that they must have.

    Raises:
        WeightPortError: If one is missing, or has another shape.
    """
    result = {}
    for spec in specs:
        if spec.name not in arrays:
            raise WeightPortError(
                f"The model has the inputs {[s.name for s in specs]}. Received: {sorted(arrays)}"
            )
        array = np.asarray(arrays[spec.name])
        fits = len(array.shape) == len(spec.shape) and all(
            need is None or need == have for need, have in zip(spec.shape, array.shape, strict=True)
        )
        if not fits:
            raise WeightPortError(
                f"Input {spec.name!r} must have the shape {spec.shape}. "
                f"Received: shape {array.shape}"
            )
        result[spec.name] = array.astype(numpy_dtype(spec.dtype), copy=False)
    return result
