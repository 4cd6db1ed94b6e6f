"""What a `FeatureSpace` is told about its features: `Feature` and `Cross`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object

_MODULE = "keras.src.layers.preprocessing.feature_space"


def _checked(output_mode: str, modes: tuple[str, ...]) -> str:
    if output_mode not in modes:
        raise ValueError(f"`output_mode` is one of {modes}. Received: output_mode={output_mode!r}")
    return output_mode


@builtin(_MODULE)
class Cross:
    """Features whose combinations are hashed.

    Args:
        feature_names: The features.
        crossing_dim: Into how many numbers they are hashed.
        output_mode: `"one_hot"` for vectors, `"int"` for the numbers.
    """

    def __init__(
        self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"
    ) -> None:
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = _checked(output_mode, ("int", "one_hot"))

    @property
    def name(self) -> str:
        """The features' names, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {
            "feature_names": self.feature_names,
            "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Cross:
        """Make it from what `get_config` gave."""
        return cls(**config)


@builtin(_MODULE)
class Feature:
    """A feature and how it is encoded.

    Args:
        dtype: Keras's name of its dtype.
        preprocessor: A layer, or its configuration.
        output_mode: `"float"` for what the layer gives, `"int"` for its numbers, `"one_hot"` for
            vectors made of these.
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        self.dtype = dtype
        self.output_mode = _checked(output_mode, ("int", "one_hot", "float"))
        if isinstance(preprocessor, dict):
            preprocessor = deserialize_keras_object(preprocessor)
        self.preprocessor = preprocessor

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {
            "dtype": self.dtype,
            "preprocessor": serialize_keras_object(self.preprocessor),
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Feature:
        """Make it from what `get_config` gave."""
        return cls(**config)


@builtin(_MODULE, name="TFDIdentity")
class PlainFeature(DataLayer):
    """Gives back what it is given: the layer of a feature of plain numbers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.built = True

    def call(self, x: Any) -> Any:
        """Return the input."""
        return x

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return tuple(input_shape)
