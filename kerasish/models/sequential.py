"""`Sequential`: layers one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.base.inputs import InputConverter, get_mask, is_tensor_like, set_mask
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.naming import unique_name
from kerasish.layers.base.symbolic import is_shape
from kerasish.layers.base.weight_scope import weight_scope
from kerasish.layers.core.input_layer import InputLayer
from kerasish.models.functional_inputs import cast_input, fit_rank
from kerasish.models.fx_graph import attribute_name
from kerasish.models.model import Model
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras", "keras.models.Sequential")
class Sequential(Model):
    """A stack of layers, each with one input and one output.

    Built when the shape of its input is known: from an `Input` (or a first layer's `input_shape=`),
    or else at the first call.

    Args:
        layers: Layers to add.
        trainable: Whether training changes the weights.
        name: Name of the model.
    """

    def __init__(
        self,
        layers: Sequence[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        # In Python's own dict, as the attributes below are what torch sees.
        self.__dict__.update(_order=[], _start=None, _symbols=None)
        for layer in layers or []:
            self.add(layer, rebuild=False)
        if layers:
            self._rebuild()

    # Composing

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Add a layer at the end.

        Args:
            layer: A layer, an `Input`, or a plain `torch.nn.Module` that keeps shapes.
            rebuild: Whether to build the model now, where the shape of its input is known.

        Raises:
            ValueError: For anything else, a name that is taken, or an Input that is not first.
        """
        if isinstance(layer, KerasTensor):
            layer = layer._keras_history.layer
        if isinstance(layer, nn.Module) and not isinstance(layer, Layer):
            from kerasish.layers.wrapping.wrap import wrap

            layer = wrap(layer)
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Sequential model '{self.name}' takes layers. Received: {layer!r} of type "
                f"{type(layer).__name__}"
            )
        if isinstance(layer, InputLayer):
            if self._order or self._start is not None:
                raise ValueError(
                    f"Sequential model '{self.name}' takes an Input only as its first layer. "
                    f"Received: {layer.name} after {[one.name for one in self.layers]}"
                )
            self.__dict__["_start"] = layer
            self._after_change(rebuild)
            return
        if any(one.name == layer.name and one is not layer for one in self.layers):
            raise ValueError(
                f"Layers of Sequential model '{self.name}' need different names. "
                f"Received: a second layer named {layer.name!r}"
            )
        if self._start is None and not self._order:
            self.__dict__["_start"] = _declared_input(layer)
        attribute = attribute_name(layer.name, type(self), self._order)
        self._modules[attribute] = layer
        self._order.append(attribute)
        self._after_change(rebuild)

    def pop(self, rebuild: bool = True) -> Layer:
        """Remove the last layer and return it.

        Args:
            rebuild: Whether to build the shorter model now.

        Raises:
            ValueError: If there is none.
        """
        if not self._order:
            raise ValueError(f"Sequential model '{self.name}' has no layers. Received: pop()")
        layer = self._modules.pop(self._order.pop())
        self._after_change(rebuild)
        return layer  # type: ignore[return-value]

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the `Input`."""
        return [self._modules[attribute] for attribute in self._order]  # type: ignore[misc]

    def _weight_owners(self) -> Any:
        yield from self.layers

    # Building

    def _after_change(self, rebuild: bool) -> None:
        self.__dict__["_symbols"] = None
        self.built = False
        if rebuild:
            self._rebuild()

    def _rebuild(self) -> None:
        """Describe the stack with symbols, as far as the input's shape is known."""
        if self._start is None and self._order:
            self.__dict__["_start"] = _input_of_model(self.layers[0])
        if self._start is not None and self._order:
            self._describe()
            # Keras describes the stack by a Functional model, which takes the next name.
            unique_name("Functional")

    def _describe(self) -> None:
        symbol = first = self._start.output
        with weight_scope(self):
            for layer in self.layers:
                symbol = layer(symbol)
        self.__dict__["_symbols"] = (first, symbol)
        self.built = True
        self._build_shapes = {"input": first.shape}

    def build(self, input_shape: Any = None) -> None:
        """Build all layers for inputs of a shape.

        Args:
            input_shape: Shape with the batch axis.

        Raises:
            ValueError: If there are no layers, or the model has an input of another shape.
        """
        if input_shape is None or not is_shape(input_shape):
            return
        shape = tuple(input_shape)
        if not self._order:
            raise ValueError(
                f"Sequential model '{self.name}' has no layers, so it can't be built. "
                f"Received: input_shape={shape}"
            )
        if self._start is None:
            first = self.layers[0]
            # A layer that takes text says so; others take what they compute with.
            dtype = first.input_dtype
            self.__dict__["_start"] = InputLayer(batch_shape=shape, dtype=dtype)
        elif self._start.batch_shape != shape:
            raise ValueError(
                f"Sequential model '{self.name}' has inputs of shape {self._start.batch_shape}. "
                f"Received: input_shape={shape}"
            )
        if self._symbols is None:
            self._rebuild()

    def _complete_build(self, shapes: dict[str, Any]) -> None:
        """The model is built when its layers are."""

    def _build_from_shapes(self, shapes: dict[str, Any]) -> None:
        shape = next(iter(shapes.values()))
        if self._start is None or not self._order:
            self.build(shape)
        elif self._symbols is None:
            self._rebuild()

    def _known_symbols(self, wanted: str) -> tuple[KerasTensor, Any]:
        if self._symbols is None:
            raise AttributeError(
                f"Sequential model '{self.name}' has no {wanted} before it is built; start it with "
                f"an Input, or call build(input_shape). Received: {len(self._order)} layers"
            )
        return self._symbols

    @property
    def input(self) -> KerasTensor:
        """The symbol of the input."""
        return self._known_symbols("input")[0]

    @property
    def output(self) -> Any:
        """The symbol of the output."""
        return self._known_symbols("output")[1]

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbol of the input, in a list."""
        return [self.input]

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbol of the output, in a list."""
        return [self.output]

    @property
    def input_shape(self) -> tuple:
        """Shape of the input."""
        return self.input.shape

    @property
    def output_shape(self) -> Any:
        """Shape of the output."""
        return self.output.shape

    # Calling

    def _converter(self) -> InputConverter:
        if self._symbols is None:
            return super()._converter()
        # The input has a dtype of its own; the model's says nothing of it.
        return InputConverter(None, None)

    def _convert_arguments(
        self, convert: InputConverter, args: tuple, kwargs: dict[str, Any]
    ) -> tuple[tuple, dict[str, Any]]:
        args, kwargs = super()._convert_arguments(convert, args, kwargs)
        if self._symbols is not None and args and is_tensor_like(args[0]):
            symbol = self._symbols[0]
            args = (cast_input(args[0], symbol, self.name), *args[1:])
            args = (fit_rank(args[0], symbol, self.name), *args[1:])
        return args, kwargs

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Run the layers one after another.

        Args:
            inputs: The first layer's input.
            mask: Mask of the input, `(batch, time)`, or None; it travels with the tensors.
        """
        if mask is not None and get_mask(inputs) is None:
            set_mask(inputs, mask)
        outputs = inputs
        for attribute in self._order:
            outputs = self._modules[attribute](outputs)  # type: ignore[misc]
        return outputs

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        """Return the symbol that the stack gives for a symbol."""
        symbol = inputs
        for layer in self.layers:
            symbol = layer.compute_output_spec(symbol)
        return symbol

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Masks travel through the layers on the tensors themselves."""
        return None

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        return mask  # Keras takes the inputs' mask for that of the outputs

    # Configuration

    def get_config(self) -> dict[str, Any]:
        """Return the configuration: the layers', and the input's shape."""
        config = super().get_config()
        layers = ([self._start] if self._start is not None else []) + self.layers
        config["layers"] = [serialize_keras_object(layer) for layer in layers]
        if self._symbols is not None:
            config["build_input_shape"] = self.input.shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the model from what `get_config` gave."""
        config = dict(config)
        model = cls(
            name=config.get("name"),
            trainable=config.get("trainable", True),
        )
        for layer in config["layers"]:
            model.add(deserialize_keras_object(layer, custom_objects=custom_objects), rebuild=False)
        model._rebuild()
        if not model.built and config.get("build_input_shape") is not None:
            model.build(tuple(config["build_input_shape"]))
        return model

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state["_symbols"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self.built and self._start is not None:
            self._describe()


def _declared_input(layer: Layer) -> InputLayer | None:
    """The input that a first layer tells by Keras 2's `input_shape=`."""
    shape = layer._batch_input_shape
    if shape is None:
        return None
    # Keras takes floats here, in which large tokens would lose their last digits.
    dtype = "int64" if type(layer).__name__ == "Embedding" else layer.compute_dtype
    return InputLayer(batch_shape=shape, dtype=dtype)


def _input_of_model(layer: Layer) -> InputLayer | None:
    """An input like that of a model that is the first layer."""
    if not isinstance(layer, Model) or not layer.built or not hasattr(layer, "input_shape"):
        return None
    return InputLayer(batch_shape=layer.input_shape, dtype=layer.inputs[0].dtype)
