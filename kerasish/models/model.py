"""`Model`: a layer that is also a thing to predict with, to print and to store."""

from __future__ import annotations

from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.models.exporting import ModelExport
from kerasish.models.files.weight_files import WeightFiles
from kerasish.models.functional_config import functional_from_config, is_functional_config
from kerasish.models.json_config import JsonConfig
from kerasish.models.prediction import Prediction
from kerasish.models.summary import Summary
from kerasish.saving.registry import builtin
from kerasish.trainers.fitting import Fitting


@builtin("keras", "keras.models.Model")
class Model(Fitting, Prediction, Summary, WeightFiles, JsonConfig, ModelExport):
    """A model: `Model(inputs, outputs)` from symbols, or a subclass with a `call` of its own.

    Args:
        inputs: Symbols, in any structure of lists, tuples and dicts.
        outputs: Symbols computed from the inputs, in any structure.
        name: Name of the model.
        trainable: Whether training changes the weights.
        **kwargs: Arguments of every layer.

    With `inputs` and `outputs` the result is a `Functional`, which is a `torch.fx.GraphModule`.
    """

    supports_masking = True
    takes_strings = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a `Functional` where inputs and outputs are given."""
        if cls is Model and _describes_graph(args, kwargs):
            from kerasish.models.functional import Functional

            return Functional.__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if _describes_graph(args, kwargs):
            from kerasish.models.functional import Functional, join_with_functional

            # A subclass of Model that hands inputs and outputs to super().__init__.
            self.__class__ = join_with_functional(type(self))
            Functional.__init__(self, *args, **kwargs)  # type: ignore[arg-type]
            return
        if args:
            raise ValueError(
                "Model takes `inputs` and `outputs`, both symbols made from Input, or neither. "
                f"Received: args={args}"
            )
        super().__init__(**{**self.__dict__.pop("_deferred_arguments", {}), **kwargs})

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a model from what `get_config` gave.

        Args:
            config: Layers and their calls, or the arguments of a subclass of one's own.
            custom_objects: Classes and functions of the user, by name.
        """
        if is_functional_config(config):
            return functional_from_config(cls, config, custom_objects)
        return super().from_config(config)

    @property
    def layers(self) -> list[Layer]:
        """The layers directly in the model, in the order they were attached."""
        return [owner for owner in self._weight_owners() if isinstance(owner, Layer)]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its position.

        Args:
            name: Name of the layer.
            index: Position in `layers`.

        Raises:
            ValueError: If there is no such layer, or not exactly one of the arguments is given.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError(
                f"get_layer takes either a name or an index. Received: name={name}, index={index}"
            )
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"Model '{self.name}' has {len(layers)} layers. Received: index={index}"
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"Model '{self.name}' has no such layer; it has {[layer.name for layer in layers]}. "
            f"Received: name={name!r}"
        )


def _describes_graph(args: tuple, kwargs: dict[str, Any]) -> bool:
    given = len(args) + ("inputs" in kwargs) + ("outputs" in kwargs)
    return given >= 2 and (len(args) >= 2 or "outputs" in kwargs)
