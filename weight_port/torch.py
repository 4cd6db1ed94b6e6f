"""Loads Keras weights into plain `torch.nn` modules, and reads them back as Keras stores them.

Both directions come from the layout table. They concern weights only: whether a module computes
the same as a Keras layer depends on its settings too (epsilon, padding, data format, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from weight_port import layouts, transform
from weight_port.errors import LayoutError, WeightMismatchError
from weight_port.layouts import Layout
from weight_port.torch_arrays import tensor_of


def layout_of(module: nn.Module) -> Layout:
    """Return the layout of the Keras layer that a torch module corresponds to.

    Args:
        module: An `nn.LSTM`, `GRU`, `RNN`, one of their cells, `Linear`, `Embedding`,
            `Conv{1,2,3}d`, `ConvTranspose{1,2,3}d`, `LayerNorm`, `RMSNorm`, `BatchNorm{1,2,3}d`,
            `SyncBatchNorm`, `GroupNorm`, `MultiheadAttention` or `PReLU`, or a subclass.

    Raises:
        LayoutError: If Keras has no layer with these weights, as for an LSTM with `proj_size`.
    """
    for cls in type(module).__mro__:
        if cls in _LAYOUT_OF:
            return _LAYOUT_OF[cls](module)
    known = ", ".join(sorted(cls.__name__ for cls in _LAYOUT_OF))
    raise LayoutError(
        f"Only these torch modules have a layout: {known}. For another, give `layout=`. "
        f"Received: {type(module).__name__}"
    )


def load_keras_weights(
    module: nn.Module,
    arrays: Mapping[str, Any] | Sequence[Any],
    *,
    layout: Layout | None = None,
    freeze_recurrent_bias: bool = False,
) -> None:
    """Copy the weights of a Keras layer into a torch module, in place.

    The module keeps the dtype and the device of its parameters. Keras's LSTM and SimpleRNN have one
    bias where torch has two: it goes into `bias_ih`, and `bias_hh` becomes zero. The output is the
    same, but an optimizer that trains both moves their sum twice as far as Keras would move its
    one bias; `freeze_recurrent_bias` prevents that. An `nn.GRU` stands for Keras's default
    `GRU(reset_after=True)`, both of whose biases are trained; torch has no module for the other.

    Args:
        module: The module; see `layout_of` for those that are known.
        arrays: The weights, either a list in the order of Keras's `get_weights()` or a mapping by
            the names in `layout_of(module).names`. For a bidirectional module: those of the
            forward layer, then of the backward layer; for several layers: those of each in turn.
        layout: The layout to use in place of `layout_of(module)`. An `nn.Conv2d` that stands for
            a DepthwiseConv2D needs `layouts.get("DepthwiseConv2D", depth_multiplier=...)`, an
            `nn.PReLU` for alphas of shape `(1, 1, channels)` `layouts.get("PReLU",
            spatial_rank=2)`.
        freeze_recurrent_bias: Whether to set `requires_grad=False` on the biases that stay zero.

    Raises:
        LayoutError: If the module has no layout, or is on the meta device.
        WeightMismatchError: If names, number or shapes do not fit. All mismatches are listed, and
            nothing is written.

    Example:
        >>> module = torch.nn.LSTM(8, 16, batch_first=True)
        >>> load_keras_weights(module, keras_layer.get_weights(), freeze_recurrent_bias=True)
    """
    layout = layout_of(module) if layout is None else layout
    state, names, mismatches = _present(module, layout)
    subject = f"{layout.describe()} into {type(module).__name__}"
    if any(tensor.is_meta for tensor in state.values()):
        raise LayoutError(
            f"{subject}: give the module memory first, by `module.to_empty(device=...)`. "
            "Received: parameters on the meta device"
        )
    if isinstance(arrays, Mapping):
        given = dict(arrays)
    else:
        given = dict(zip(names, arrays, strict=False))
        if len(arrays) != len(names):
            shapes = [tuple(np.shape(array)) for array in arrays]
            mismatches.append(
                f"{len(names)} arrays are needed, in the order {names}. "
                f"Received: {len(arrays)} arrays, of shapes {shapes}"
            )
    mismatches += [f"{n}: the module has no such weight" for n in given if n not in names]
    if isinstance(arrays, Mapping):
        mismatches += [f"{name}: missing" for name in names if name not in given]
    tensors = {name: _tensor(given[name]) for name in names if name in given}
    if isinstance(arrays, Mapping) or len(arrays) == len(names):
        mismatches += _shape_mismatches(layout, state, tensors)
    if mismatches:
        raise WeightMismatchError(subject, mismatches)
    converted = transform.to_torch(layout, tensors)
    with torch.no_grad():
        for name, tensor in converted.items():
            state[name].copy_(tensor)
    if freeze_recurrent_bias:
        for name in layout.frozen_torch_names:
            if name in state:
                state[name].requires_grad_(False)


def to_keras_weights(module: nn.Module, *, layout: Layout | None = None) -> dict[str, np.ndarray]:
    """Return the weights of a torch module as a Keras layer stores them.

    The two biases of an LSTM or a plain RNN are summed, so a module trained in torch, both of whose
    biases have values, gives a Keras layer with the same output.

    Args:
        module: The module; see `layout_of` for those that are known.
        layout: The layout to use in place of `layout_of(module)`; see `load_keras_weights`.

    Returns:
        Copies as NumPy arrays by name, in the order of Keras's `get_weights()`:
        `keras_layer.set_weights(list(result.values()))`.

    Raises:
        LayoutError: If the module has no layout.
        WeightMismatchError: If the module lacks a weight that the Keras layer has, or has one more.
        TypeError: If NumPy does not have the dtype (`bfloat16`); convert the module first.
    """
    layout = layout_of(module) if layout is None else layout
    state, names, mismatches = _present(module, layout)
    if mismatches:
        raise WeightMismatchError(f"{type(module).__name__} to {layout.describe()}", mismatches)
    own = {name: state[name] for weight in names for name in layout.weight(weight).torch_names}
    with torch.no_grad():
        converted = transform.to_keras(layout, own)
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in converted.items()}


def _present(
    module: nn.Module, layout: Layout
) -> tuple[dict[str, torch.Tensor], list[str], list[str]]:
    """Return a module's tensors, the Keras weights that they hold, and what does not fit."""
    state = dict(module.state_dict(keep_vars=True))
    names = []
    mismatches = []
    for weight in layout.weights:
        absent = [name for name in weight.torch_names if name not in state]
        if not absent:
            names.append(weight.name)
        elif not weight.optional or len(absent) < len(weight.torch_names):
            mismatches.append(f"{weight.name}: the module has no {', '.join(absent)}")
    known = {*layout.torch_names, *layout.torch_only}
    mismatches += [f"{name}: Keras has no such weight" for name in state if name not in known]
    return state, names, mismatches


def _shape_mismatches(
    layout: Layout, state: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor]
) -> list[str]:
    """Say which Keras weights have another shape than the module's parameters hold."""
    result = []
    for name, tensor in tensors.items():
        weight = layout.weight(name)
        held = ", ".join(f"{key} {tuple(state[key].shape)}" for key in weight.torch_names)
        try:
            with torch.no_grad():
                expected = tuple(transform.weight_to_keras(layout, name, state).shape)
        except LayoutError as error:
            result.append(str(error))
            continue
        if tuple(tensor.shape) != expected:
            hint = ""
            if layout.variant.get("reset_after") and name.endswith("bias") and tensor.ndim == 1:
                hint = "; this is the bias of reset_after=False, a cell that torch does not have"
            result.append(
                f"{name}: {held} takes the Keras shape {expected}. "
                f"Received: shape {tuple(tensor.shape)}{hint}"
            )
    return result


def _tensor(array: Any) -> torch.Tensor:
    """Return an array as a tensor that does not share its memory with a read-only array."""
    if isinstance(array, torch.Tensor):
        return array.detach()
    return tensor_of(np.array(array))


def _recurrent(layer_class: str) -> Callable[[Any], Layout]:
    """Return how to find the layout of a recurrent module."""

    def find(module: Any) -> Layout:
        if module.proj_size:
            raise LayoutError(
                f"Keras's {layer_class} has no projection of the state. "
                f"Received: {type(module).__name__} with proj_size={module.proj_size}"
            )
        return layouts.get(
            layer_class, num_layers=module.num_layers, bidirectional=module.bidirectional
        )

    return find


def _conv_transpose(layer_class: str) -> Callable[[Any], Layout]:
    """Return how to find the layout of a transposed convolution."""

    def find(module: Any) -> Layout:
        if module.groups != 1:
            raise LayoutError(
                f"Keras's {layer_class} has no groups. Received: {type(module).__name__} with "
                f"groups={module.groups}"
            )
        return layouts.get(layer_class)

    return find


def _attention(module: nn.MultiheadAttention) -> Layout:
    """Return the layout of a multi-head attention."""
    if module.bias_k is not None:
        raise LayoutError(
            "Keras's MultiHeadAttention has no biases added to the sequence of keys and values. "
            "Received: MultiheadAttention with add_bias_kv=True"
        )
    projection = "packed" if module.in_proj_weight is not None else "separate"
    return layouts.get("MultiHeadAttention", projection=projection, num_heads=module.num_heads)


def _plain(layer_class: str, **variant: object) -> Callable[[Any], Layout]:
    """Return how to find a layout that does not depend on the module's settings."""
    return lambda module: layouts.get(layer_class, **variant)


_LAYOUT_OF: dict[type[nn.Module], Callable[[Any], Layout]] = {
    nn.LSTM: _recurrent("LSTM"),
    nn.GRU: _recurrent("GRU"),
    nn.RNN: _recurrent("SimpleRNN"),
    nn.LSTMCell: _plain("LSTMCell"),
    nn.GRUCell: _plain("GRUCell"),
    nn.RNNCell: _plain("SimpleRNNCell"),
    nn.Linear: _plain("Dense"),
    nn.Embedding: _plain("Embedding"),
    nn.Conv1d: _plain("Conv1D"),
    nn.Conv2d: _plain("Conv2D"),
    nn.Conv3d: _plain("Conv3D"),
    nn.ConvTranspose1d: _conv_transpose("Conv1DTranspose"),
    nn.ConvTranspose2d: _conv_transpose("Conv2DTranspose"),
    nn.ConvTranspose3d: _conv_transpose("Conv3DTranspose"),
    nn.LayerNorm: _plain("LayerNormalization"),
    nn.RMSNorm: _plain("RMSNormalization"),
    nn.BatchNorm1d: _plain("BatchNormalization"),
    nn.BatchNorm2d: _plain("BatchNormalization"),
    nn.BatchNorm3d: _plain("BatchNormalization"),
    nn.SyncBatchNorm: _plain("BatchNormalization"),
    nn.GroupNorm: _plain("GroupNormalization"),
    nn.MultiheadAttention: _attention,
    nn.PReLU: _plain("PReLU", spatial_rank=0),
}
