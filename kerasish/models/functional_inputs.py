"""Fitting what a Functional model is called with to the inputs it was described with."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import STRING, torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten
from kerasish.layers.base.inputs import get_mask, set_mask
from kerasish.strings import StringArray, as_strings


def arrange_inputs(given: Any, structure: Any, model_name: str) -> list:
    """Flatten the inputs of a call in the order of the model's inputs.

    Args:
        given: A tensor, list, tuple or dict; a dict may name the inputs.
        structure: The structure of symbols that the model was made with.
        model_name: Name of the model, for the message.

    Raises:
        ValueError: If inputs are missing or too many.
    """
    symbols = flatten(structure)
    if len(symbols) == 1 and symbols[0].dtype == STRING and not _has_arrays(given):
        given = as_strings(given)
    if isinstance(given, dict):
        if isinstance(structure, dict):
            if set(structure) <= set(given):
                return [leaf for key in sorted(structure) for leaf in flatten(given[key])]
        else:
            names = [symbol._keras_history.layer.name for symbol in symbols]
            if set(names) <= set(given):
                return [given[name] for name in names]
    elif isinstance(given, (list, tuple)):
        flat = flatten(given)
        if len(flat) == len(symbols):
            return flat
    elif len(symbols) == 1:
        return [given]
    wanted = [f"{s._keras_history.layer.name} {s.shape}" for s in symbols]
    received = sorted(given) if isinstance(given, dict) else _shapes(given)
    raise ValueError(
        f"Model '{model_name}' takes {len(symbols)} input(s): {wanted}. Received: {received}"
    )


def _has_arrays(given: Any) -> bool:
    return any(hasattr(leaf, "shape") for leaf in flatten(given))


def _shapes(given: Any) -> Any:
    if isinstance(given, (list, tuple)):
        return f"{len(given)} input(s): {[_shapes(item) for item in given]}"
    return tuple(given.shape) if hasattr(given, "shape") else given


def cast_keeping_mask(value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Cast a tensor; the mask that travels with it stays with it."""
    if value.dtype == dtype:
        return value
    mask = get_mask(value)
    value = value.to(dtype)
    return value if mask is None else set_mask(value, mask)


def cast_input(value: Any, symbol: KerasTensor, model_name: str) -> Any:
    """Cast a value to the dtype of the input that it is for.

    Raises:
        ValueError: For text where numbers belong, or the other way round.
    """
    text, wanted = isinstance(value, StringArray), symbol.dtype == STRING
    if text != wanted and not isinstance(value, (KerasTensor, type(None))):
        raise ValueError(
            f"Input '{symbol._keras_history.layer.name}' of model '{model_name}' takes arrays of "
            f"{'strings' if wanted else 'numbers'} ({symbol.dtype}). Received: "
            f"{'strings' if text else 'numbers'} of shape {tuple(value.shape)}"
        )
    if isinstance(value, torch.Tensor):
        return cast_keeping_mask(value, torch_dtype(symbol.dtype))
    return value


def fit_rank(value: Any, symbol: KerasTensor, model_name: str) -> Any:
    """Add or remove a last axis of size 1 where an input's rank needs it, as Keras does.

    Raises:
        ValueError: If the rank does not fit the input.
    """
    shape, wanted = value.shape, symbol.shape
    if len(shape) == len(wanted):
        return value
    mask = get_mask(value)
    if len(shape) == len(wanted) + 1 and shape[-1] == 1:
        text = isinstance(value, StringArray)
        value = value.squeeze(-1) if text else torch.squeeze(value, -1)
    elif len(shape) == len(wanted) - 1 and wanted[-1] == 1:
        text = isinstance(value, StringArray)
        value = value[..., None] if text else torch.unsqueeze(value, -1)
    else:
        _fail(shape, symbol, model_name)
    return value if mask is None else set_mask(value, mask)


def fit_input(value: Any, symbol: KerasTensor, model_name: str) -> Any:
    """Check an input against the symbol that stands for it, and adapt its rank.

    Raises:
        ValueError: If the shape does not fit the input, or None is given for one that is needed.
    """
    if value is None:
        if getattr(symbol._keras_history.layer, "optional", False):
            return value
        raise ValueError(
            f"Input '{symbol._keras_history.layer.name}' of model '{model_name}' is not optional. "
            "Received: None"
        )
    value = fit_rank(value, symbol, model_name)
    for size, expected in zip(value.shape[1:], symbol.shape[1:], strict=True):
        if expected is not None and size is not None and size != expected:
            _fail(value.shape, symbol, model_name)
    return value


def _fail(shape: Any, symbol: KerasTensor, model_name: str) -> None:
    raise ValueError(
        f"Input '{symbol._keras_history.layer.name}' of model '{model_name}' has shape "
        f"{symbol.shape}. Received: a value of shape {tuple(shape)}"
    )
