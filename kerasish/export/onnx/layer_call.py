"""A call of a layer, written to the graph: what `Layer` does around `call`, in its order."""

from __future__ import annotations

import inspect
from typing import Any

from kerasish.dtypes import standardize_dtype
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import ACTIVATIONS, FUNCTIONS, LAYERS, MASKS
from kerasish.export.onnx.value import Value, mask_in, values_in
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.layers.base.layer import Layer
from kerasish.layers.core.torch_function import TorchFunction
from kerasish.models.functional import Functional
from kerasish.models.sequential import Sequential

_NO_EFFECT = frozenset({"inplace", "_stacklevel"})


def call_layer(
    graph: GraphBuilder, layer: Any, *args: Any, output_spec: Any = None, **kwargs: Any
) -> Any:
    """Write a call of a layer.

    Args:
        graph: Where to.
        layer: The layer, model or step.
        *args: Its arguments, with a `Value` for each tensor.
        output_spec: Symbols of the outputs, if they are known already.
        **kwargs: Its arguments by name.

    Returns:
        `Value`s in the structure of the layer's outputs, with their shapes and masks.

    Raises:
        ExportError: If there is no converter, or the call can't be written exactly.
    """
    title = f"Layer '{layer.name}' ({_class_of(layer).__name__})"
    if kwargs.pop("training", None):
        raise ExportError(
            f"{title} is called with training=True, and an ONNX file holds the computation of "
            "inference; leave the argument out of the model. Received: training=True"
        )
    if not layer.built:
        raise ExportError(
            f"{title} has no weights before it is built; call the model on data first. "
            "Received: a layer that is not built"
        )
    args, kwargs = _autocast(graph, layer, args, kwargs)
    if output_spec is None:
        output_spec = _infer_spec(layer, args, kwargs)
    first = args[0] if args else next(iter(kwargs.values()))
    mask = _fill_in_masks(layer, first, args, kwargs)
    with graph.scope(layer.name):
        outputs = _converter_of(layer, title)(graph, layer, *args, **kwargs)
        outputs = _with_shapes(outputs, output_spec)
        if mask is not None or layer._makes_masks():
            outputs = _with_masks(graph, layer, title, first, mask, outputs)
    return outputs


def activate(graph: GraphBuilder, user: Any, activation: Any, value: Value) -> Value:
    """Write an activation function.

    Args:
        graph: Where to.
        user: The layer that has it, for messages.
        activation: A function of `kerasish.activations`, a module of torch or a layer.
        value: What it is applied to.

    Raises:
        ExportError: If there is no converter for it.
    """
    from kerasish.export.onnx.activation_name import keras_activation

    if isinstance(activation, Layer):
        return call_layer(graph, activation, value)
    function, settings = keras_activation(activation)
    convert = ACTIVATIONS.get(function, f"Layer '{user.name}' ({_class_of(user).__name__})")
    result = convert(graph, value, **settings)
    return Value(result.name, result.dtype, result.shape or value.shape)


def _class_of(layer: Any) -> type:
    """The class as it was written: torch makes one for each functional model."""
    return layer._class_in_configs if isinstance(layer, Functional) else type(layer)


def _converter_of(layer: Any, title: str) -> Any:
    if isinstance(layer, Functional):
        return LAYERS.get(Functional, title)
    if isinstance(layer, Sequential) and type(layer).call is Sequential.call:
        return LAYERS.get(Sequential, title)
    if isinstance(layer, TorchFunction) and LAYERS.find(type(layer)) is None:
        return _convert_function
    return LAYERS.get(type(layer), title)


def _convert_function(graph: GraphBuilder, step: Any, *args: Any, **kwargs: Any) -> Any:
    """Write a function of tensors as a step of the model."""
    convert = FUNCTIONS.get(step.function, f"Step '{step.name}' of the model")
    # What torch's functions hand on by themselves, and what does nothing.
    unsaid = {name for name, value in kwargs.items() if name in _NO_EFFECT or value is None}
    known = inspect.signature(convert).parameters
    kwargs = {name: kwargs[name] for name in kwargs if name in known or name not in unsaid}
    try:
        inspect.signature(convert).bind(graph, *args, **kwargs)
    except TypeError as error:
        raise ExportError(
            f"Step '{step.name}' of the model can't be exported to ONNX with these arguments: "
            f"{error}. Received: {args[1:]}, {kwargs}"
        ) from None
    return convert(graph, *args, **kwargs)


def _autocast(graph: GraphBuilder, layer: Any, args: tuple, kwargs: dict[str, Any]) -> tuple:
    """Cast floating-point inputs to the type that the layer computes in."""
    dtype = layer._converter().dtype
    if dtype is None:
        return args, kwargs
    wanted = standardize_dtype(dtype)

    def cast(leaf: Any) -> Any:
        if isinstance(leaf, Value) and leaf.is_floating:
            return graph.cast(leaf, wanted)
        return leaf

    return tuple(map_structure(cast, list(args))), map_structure(cast, kwargs)


def _infer_spec(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    def symbol(leaf: Any) -> Any:
        return KerasTensor(leaf.shape, leaf.dtype) if isinstance(leaf, Value) else leaf

    named = {k: v for k, v in kwargs.items() if k != "mask" and not k.endswith("_mask")}
    return layer.compute_output_spec(
        *map_structure(symbol, list(args)), **map_structure(symbol, named)
    )


def _fill_in_masks(layer: Any, first: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Give the call the masks that it accepts; return the mask of its first argument."""
    mask = kwargs.get("mask")
    if mask is not None:
        return mask
    mask = mask_in(first)
    names = layer._signature.names
    given = {names[i] if i < len(names) else f"args_{i}": arg for i, arg in enumerate(args)}
    given.update(kwargs)
    tensors = {name: value for name, value in given.items() if values_in(value)}
    accepted = layer._signature.accepted
    if len(tensors) == 1:
        if mask is not None and "mask" in accepted:
            kwargs["mask"] = mask
        return mask
    if mask is None and len(args) < 2:
        return mask
    for name, value in tensors.items():
        wanted = f"{name}_mask"
        if wanted in accepted and kwargs.get(wanted) is None and mask_in(value) is not None:
            kwargs[wanted] = mask_in(value)
    return mask


def _with_shapes(outputs: Any, spec: Any) -> Any:
    """Note the shapes of outputs whose converter does not know them, as the symbols tell.

    The batch size stays open, as in every export.
    """
    symbols, values = flatten(spec), flatten(outputs)
    if len(symbols) != len(values):
        raise AssertionError(f"a converter gave {len(values)} outputs of {len(symbols)}")
    for index, (value, symbol) in enumerate(zip(values, symbols, strict=True)):
        if isinstance(value, Value):
            shape = symbol.shape if value.shape is None else value.shape
            values[index] = value.with_shape((None, *shape[1:]) if shape else ())
    return pack_like(outputs, values)


def _with_masks(
    graph: GraphBuilder, layer: Any, title: str, first: Any, mask: Any, outputs: Any
) -> Any:
    """Let the masks travel on that the layer makes or hands on."""
    if not layer.supports_masking:
        return map_structure(lambda v: v.with_mask(None) if isinstance(v, Value) else v, outputs)
    if type(layer).compute_mask is Layer.compute_mask:
        masks = mask
    elif layer._moves_masks or isinstance(layer, (Functional, Sequential)):
        masks = layer.compute_mask(first, mask)
    else:
        masks = MASKS.get(type(layer), title)(graph, layer, first, mask)
    if masks is None:
        return outputs
    values = flatten(outputs)
    for index, (value, one) in enumerate(zip(values, flatten(masks), strict=False)):
        if one is not None and isinstance(value, Value) and value.mask is None:
            values[index] = value.with_mask(one)
    return pack_like(outputs, values)
