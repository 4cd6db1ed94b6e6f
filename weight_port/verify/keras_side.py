"""Keras's models, those of kerasish and of tf-keras as a side of a comparison.

None of them is imported. Layers are watched while the model runs as usual, so functional,
sequential and subclassed models all do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from weight_port.errors import WeightPortError
from weight_port.records.live import records_of_model
from weight_port.records.record import LayerRecord
from weight_port.verify.inputs import InputSpec
from weight_port.verify.sides import LayerCall, arrays_in, first_tensor, free_path, to_numpy

_Watch = Callable[[tuple[Any, ...], Mapping[str, Any], Any], None]


class KerasSide:
    """A Keras model, or one that is built and called like one.

    Args:
        model: The model; it must be built.
        specs: What its inputs must be, for a model that does not tell (a subclassed one).
    """

    def __init__(self, model: Any, specs: list[InputSpec] | None = None) -> None:
        self.model = model
        self._specs = specs

    def input_specs(self) -> list[InputSpec]:
        """Return what the inputs must be, bounded by the Embedding layers that read them.

        Raises:
            WeightPortError: If the model does not tell.
        """
        if self._specs is not None:
            return self._specs
        symbols = getattr(self.model, "inputs", None)
        if not symbols:
            raise WeightPortError(
                "The model does not tell what its inputs are; give specs. "
                f"Received: {type(self.model).__name__} {self.model.name!r}"
            )
        readers = list(_readers(self.model))
        return [_spec(symbol, readers) for symbol in symbols]

    def records(self) -> list[LayerRecord]:
        """Return the layers with their weights."""
        return records_of_model(self.model)

    def layer_outputs(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the output of each layer by its path."""
        return {path: call.output for path, call in self.layer_calls(inputs).items()}

    def layer_calls(self, inputs: Mapping[str, np.ndarray]) -> dict[str, LayerCall]:
        """Run the model in inference and return the calls of its layers by path."""
        calls: dict[str, LayerCall] = {}

        def watch(path: str) -> _Watch:
            def note(args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Any) -> None:
                output = to_numpy(first_tensor(result))
                if output is not None:
                    calls[free_path(path, calls)] = LayerCall(
                        output, tuple(arrays_in(list(args))), _mask(args, kwargs)
                    )

            return note

        with ExitStack() as stack:
            for path, layer in _layers(self.model):
                stack.enter_context(_watched(layer, watch(path)))
            self.model(self._arranged(inputs), training=False)
        return calls

    def _arranged(self, inputs: Mapping[str, np.ndarray]) -> Any:
        """Return the inputs in the structure that the model takes."""
        names = [spec.name for spec in self.input_specs()]
        # As Keras 3 and as tf-keras remember it; kerasish takes a list in any case.
        structures = (getattr(self.model, n, None) for n in ("_inputs_struct", "_nested_inputs"))
        if any(isinstance(structure, Mapping) for structure in structures):
            return dict(inputs)
        return inputs[names[0]] if len(names) == 1 else [inputs[name] for name in names]


def _layers(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give the layers of a model by path, those of models inside it included."""
    for layer in model.layers:
        if type(layer).__name__ == "InputLayer":
            continue
        path = f"{prefix}{layer.name}"
        if getattr(layer, "layers", None):
            yield from _layers(layer, f"{path}/")
        yield path, layer


@contextmanager
def _watched(layer: Any, note: _Watch) -> Iterator[None]:
    """Tell of each call of a layer; the layer is as before at the end."""
    if hasattr(layer, "register_forward_hook"):
        handle = layer.register_forward_hook(
            lambda module, args, kwargs, result: note(args, kwargs, result), with_kwargs=True
        )
        try:
            yield
        finally:
            handle.remove()
        return
    original = layer.call

    def call(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        note(args, kwargs, result)
        return result

    # Not by assignment, which Keras watches.
    object.__setattr__(layer, "call", call)
    try:
        yield
    finally:
        object.__delattr__(layer, "call")


def _mask(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> np.ndarray | None:
    mask = kwargs.get("mask")
    if mask is None:
        mask = getattr(first_tensor(list(args)), "_keras_mask", None)
    return None if mask is None else to_numpy(first_tensor(mask))


def _readers(model: Any) -> Iterator[Any]:
    """Give the layers that read inputs of the model and say what they may hold."""
    for _, layer in _layers(model):
        if type(layer).__name__ in ("Embedding", "Masking"):
            yield layer


def _spec(symbol: Any, readers: list[Any]) -> InputSpec:
    dtype = getattr(symbol.dtype, "name", str(symbol.dtype)).removeprefix("torch.")
    below: int | None = None
    mask_value: float | None = None
    for layer in readers:
        if not _reads(layer, symbol):
            continue
        if type(layer).__name__ == "Embedding":
            below = min(below or layer.input_dim, layer.input_dim)
            mask_value = 0.0 if layer.mask_zero else mask_value
        else:
            mask_value = float(layer.mask_value)
    shape = tuple(None if size is None else int(size) for size in symbol.shape)
    return InputSpec(symbol.name.partition(":")[0], shape, dtype, below, mask_value)


def _reads(layer: Any, symbol: Any) -> bool:
    """Tell whether a layer reads an input of the model, be it on its way through a cast."""
    try:
        read = layer.input
    except (AttributeError, ValueError):  # called several times, or inside another model
        return False
    if read is symbol:
        return True
    history = getattr(read, "_keras_history", None)
    return history is not None and history == getattr(symbol, "_keras_history", object())
