"""A call of a layer, written as steps: what `Layer` does around `call`, in its order."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import standardize_dtype
from kerasish.eject.errors import NoEquivalentError, Obstacle
from kerasish.eject.registry import FUNCTIONS, LAYERS, MASKS
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.layers.base.layer import Layer
from kerasish.layers.core.torch_function import TorchFunction
from kerasish.models.functional import Functional
from kerasish.models.sequential import Sequential


def call_layer(scope: Scope, layer: Any, *args: Any, spec: Any = None, **kwargs: Any) -> Any:
    """Write a call of a layer; one that can't be written is noted, and its outputs made up.

    Args:
        scope: The class that is being written.
        layer: The layer, model or step.
        *args: Its arguments, with a `Var` for each tensor.
        spec: Symbols of its outputs, if they are known already.
        **kwargs: Its arguments by name.

    Returns:
        `Var`s in the structure of the layer's outputs, with their masks.
    """
    if spec is None:
        spec = _infer_spec(layer, args, kwargs)
    before = scope.enter_layer(layer.name)
    try:
        return _write_call(scope, layer, args, kwargs)
    except NoEquivalentError as error:
        scope.program.obstacles.append(Obstacle(title_of(layer), error.why, error.advice))
        return map_structure(
            lambda t: Var(t.shape, t.dtype) if isinstance(t, KerasTensor) else t, spec
        )
    finally:
        scope.enter_layer(before)


def title_of(layer: Any) -> str:
    """Return a layer's name and class, for messages."""
    if isinstance(layer, TorchFunction):
        return f"step '{layer.name}'"
    written = layer._class_in_configs if isinstance(layer, Functional) else type(layer)
    return f"layer '{layer.name}' ({written.__name__})"


def vars_in(structure: Any) -> list[Var]:
    """Return the variables of a nested structure, flattened."""
    return [leaf for leaf in flatten(structure) if isinstance(leaf, Var)]


def as_float(scope: Scope, value: Var) -> Var:
    """Return a variable as floating-point numbers of the file's type."""
    if value.is_floating:
        return value
    dtype = scope.program.dtype
    method = "float" if dtype == "float32" else "double"
    return scope.assign(f"{value}.{method}()", value.shape, dtype, mask=value.mask)


def _write_call(scope: Scope, layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    if kwargs.pop("training", None):
        raise NoEquivalentError(
            "is called with training=True", "leave the argument out and use model.train()"
        )
    if not layer.built:
        raise NoEquivalentError("is not built", "call the model on data first")
    _require_plain(scope, layer)
    first = args[0] if args else next(iter(kwargs.values()))
    mask = _fill_in_masks(layer, first, args, kwargs)
    outputs = _writer_of(layer)(scope, layer, *args, **kwargs)
    if mask is not None or layer._makes_masks():
        outputs = _with_masks(scope, layer, first, mask, outputs)
    return outputs


def _require_plain(scope: Scope, layer: Any) -> None:
    """Refuse what a layer computes beside its own code: hooks, and other types of numbers."""
    for module in layer.modules():
        if module._forward_hooks or module._forward_pre_hooks:
            raise NoEquivalentError("has hooks", "remove them before, with handle.remove()")
    if isinstance(layer, (TorchFunction, Functional, Sequential)):
        return
    for dtype in (layer.compute_dtype, layer.variable_dtype):
        if dtype != scope.program.dtype and layer.weights:
            raise NoEquivalentError(
                f"computes in {layer.compute_dtype} with weights in {layer.variable_dtype}, in a "
                f"model of {scope.program.dtype}",
                "build the model with one dtype, and use torch.autocast around the result",
            )


def _writer_of(layer: Any) -> Any:
    if isinstance(layer, Functional):
        return LAYERS.find(Functional)
    if isinstance(layer, Sequential) and type(layer).call is Sequential.call:
        return LAYERS.find(Sequential)
    found = LAYERS.find(type(layer))
    if found is None and isinstance(layer, TorchFunction):
        return FUNCTIONS.find("any")
    if found is None and not type(layer).__module__.startswith("kerasish."):
        return LAYERS.find("own")
    if found is None:
        raise NoEquivalentError(
            "there is no plain PyTorch for this class",
            "leave it out of the model, or write the code for it with "
            "kerasish.eject.layer_writer(TheClass)",
        )
    return found


def _infer_spec(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    def symbol(leaf: Any) -> Any:
        if not isinstance(leaf, Var):
            return leaf
        return KerasTensor([s if isinstance(s, int) else None for s in leaf.shape], leaf.dtype)

    named = {k: v for k, v in kwargs.items() if k != "mask" and not k.endswith("_mask")}
    return layer.compute_output_spec(
        *map_structure(symbol, list(args)), **map_structure(symbol, named)
    )


def mask_in(structure: Any) -> Any:
    """Return the masks of a structure's variables, in its shape; None if none has one."""
    masks = map_structure(lambda v: v.mask if isinstance(v, Var) else None, structure)
    return None if all(mask is None for mask in flatten(masks)) else masks


def _fill_in_masks(layer: Any, first: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Give the call the masks that it accepts; return the mask of its first argument."""
    if kwargs.get("mask") is not None:
        return kwargs["mask"]
    mask = mask_in(first)
    names = layer._signature.names
    given = {names[i] if i < len(names) else f"args_{i}": arg for i, arg in enumerate(args)}
    given.update(kwargs)
    tensors = {name: value for name, value in given.items() if vars_in(value)}
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


def _with_masks(scope: Scope, layer: Any, first: Any, mask: Any, outputs: Any) -> Any:
    """Let the masks travel on that the layer makes or hands on."""
    if not layer.supports_masking:
        return map_structure(lambda v: v.alias(mask=None) if isinstance(v, Var) else v, outputs)
    if type(layer).compute_mask is Layer.compute_mask:
        masks = mask
    elif layer._moves_masks or isinstance(layer, (Functional, Sequential)):
        masks = layer.compute_mask(first, mask)
    else:
        write = MASKS.find(type(layer))
        if write is None:
            raise NoEquivalentError(
                "computes masks in a way that is not known", "leave the mask out of the model"
            )
        masks = write(scope, layer, first, mask)
    if masks is None:
        return outputs
    values = flatten(outputs)
    for index, (value, one) in enumerate(zip(values, flatten(masks), strict=False)):
        if one is not None and isinstance(value, Var) and value.mask is None:
            values[index] = value.alias(mask=one)
    return pack_like(outputs, values)


def constant(scope: Scope, value: Any) -> str:
    """Return the code of a value among a call's arguments."""
    if isinstance(value, Var):
        return str(scope.last(value))
    if isinstance(value, torch.Tensor):
        from kerasish.eject.own_layers import own_parameter

        return own_parameter(scope, value) or scope.buffer(value)
    if isinstance(value, torch.dtype):
        return str(value)
    if isinstance(value, slice):
        parts = ["" if one is None else constant(scope, one) for one in (value.start, value.stop)]
        step = "" if value.step is None else f":{constant(scope, value.step)}"
        return f"{parts[0]}:{parts[1]}{step}"
    if isinstance(value, (list, tuple)):
        items = ", ".join(constant(scope, one) for one in value)
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    if value is None or isinstance(value, (bool, int, float, str)):
        return number(value)
    if value is Ellipsis:
        return "..."
    raise NoEquivalentError(
        f"has an argument whose code is not known, {type(value).__name__}",
        "use numbers, tensors and dtypes",
    )


def number(value: Any) -> str:
    """Return a number, text or None as code."""
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return f'float("{value}")'
    if isinstance(value, str):
        return '"' + repr(value)[1:-1].replace('"', '\\"') + '"'
    if isinstance(value, bool) or value is None:
        return repr(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return repr(value)
    return repr(value)


def dtype_code(dtype: Any) -> str:
    """Return the code of a dtype, `torch.float32`."""
    return f"torch.{standardize_dtype(dtype)}"
