"""Arguments by which Keras 2 told a layer the shape of its input."""

from __future__ import annotations

from typing import Any


def pop_input_shape(arguments: dict[str, Any]) -> tuple | None:
    """Take the input's shape out of a constructor's extra arguments.

    Args:
        arguments: Extra keyword arguments; `batch_input_shape`, `batch_shape`, `input_shape`,
            `input_dim`, `input_length` and `batch_size` are removed.

    Returns:
        The shape with the batch axis, or None where none of the arguments was given.
    """
    batch_size = arguments.pop("batch_size", None)
    for name in ("batch_input_shape", "batch_shape"):
        if arguments.get(name) is not None:
            return tuple(arguments.pop(name))
        arguments.pop(name, None)
    shape = arguments.pop("input_shape", None)
    dim = arguments.pop("input_dim", None)
    length = arguments.pop("input_length", None)
    if shape is not None:
        return (batch_size, *((shape,) if isinstance(shape, int) else shape))
    if dim is not None:
        return (batch_size, dim) if length is None else (batch_size, length, dim)
    return None
