"""`FeatureSpace`: the columns of a table as one vector for each row."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.naming import unique_name
from kerasish.layers.core.input_layer import Input
from kerasish.layers.merging.concatenate import Concatenate
from kerasish.layers.preprocessing.category_encoding import CategoryEncoding
from kerasish.layers.preprocessing.discretization import Discretization
from kerasish.layers.preprocessing.features import Cross, Feature, PlainFeature
from kerasish.layers.preprocessing.hashed_crossing import HashedCrossing
from kerasish.layers.preprocessing.hashing import Hashing
from kerasish.layers.preprocessing.integer_lookup import IntegerLookup
from kerasish.layers.preprocessing.normalization import Normalization
from kerasish.layers.preprocessing.rescaling import Rescaling
from kerasish.layers.preprocessing.string_lookup import StringLookup
from kerasish.layers.preprocessing.text_vectorization import TextVectorization
from kerasish.pipelines import Pipeline
from kerasish.pipelines.elements import as_leaf
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object

_ROWS_IN_BATCH = 32


@builtin("keras.utils")
class FeatureSpace(Layer):
    """Encodes features of several kinds, each by a layer of its own.

    Args:
        features: The features' kinds by their names, as strings (`"float"`, `"float_normalized"`,
            `"float_rescaled"`, `"float_discretized"`, `"integer_categorical"`,
            `"string_categorical"`, `"integer_hashed"`, `"string_hashed"`) or made by the methods
            of these names.
        output_mode: `"concat"` for one vector of the features in the order of their names, those of
            `crosses` last; `"dict"` for a dict of them.
        crosses: Tuples of features whose combinations are features too, or what `cross` makes.
        crossing_dim: Into how many numbers such combinations are hashed.
        hashing_dim: Into how many numbers features are hashed.
        num_discretization_bins: Number of parts of discretized features.
        name: Name of the layer.

    Call arguments: a dict of arrays or lists, `(batch,)` or `(batch, n)`; or of single values.
    Returns `(batch, width)`, or without the batch for single values.

    Raises:
        ValueError: If an argument has a value it can't have, or `adapt` is missing.

    Source: https://keras.io/api/utils/feature_space/
    """

    takes_strings = True

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Sequence[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not features or not isinstance(features, Mapping):
            raise ValueError(f"`features` is a dict of them. Received: features={features!r}")
        if output_mode not in ("concat", "dict"):
            raise ValueError(
                f"`output_mode` is 'concat' or 'dict'. Received: output_mode={output_mode!r}"
            )
        self.output_mode = output_mode
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {key: self._feature(key, value) for key, value in features.items()}
        self.crosses = [self._cross(one) for one in crosses or ()]
        self.inputs = {
            key: Input((1,), dtype=feature.dtype, name=key)
            for key, feature in self.features.items()
        }
        self.preprocessors = {key: one.preprocessor for key, one in self.features.items()}
        self.crossers = {
            one.name: HashedCrossing(one.crossing_dim, name=one.name) for one in self.crosses
        }
        self.one_hot_encoders: dict[str, CategoryEncoding] = {}
        self.concat: Concatenate | None = None
        self.encoded_features: Any = None
        self._is_adapted = False

    # Kinds of features. `float` is one of them, so `builtins.float` is written where it is meant.

    @classmethod
    def cross(
        cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"
    ) -> Cross:
        """Return a feature made of the combinations of others."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """Return a feature that any layer encodes."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:  # type: ignore[override]
        """Return a feature of numbers that stay as they are."""
        return Feature(
            "float32", PlainFeature(dtype="float32", name=_named(name, "float")), "float"
        )

    @classmethod
    def float_rescaled(
        cls, scale: builtins.float = 1.0, offset: builtins.float = 0.0, name: str | None = None
    ) -> Feature:
        """Return a feature of numbers times a scale plus an offset."""
        layer = Rescaling(scale, offset, name=_named(name, "float_rescaled"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Return a feature of numbers less their mean, over their deviation."""
        layer = Normalization(axis=-1, name=_named(name, "float_normalized"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int,
        bin_boundaries: Any = None,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a feature of the numbers of the parts that values lie in."""
        layer = Discretization(
            num_bins=num_bins,
            bin_boundaries=bin_boundaries,
            name=_named(name, "float_discretized"),
        )
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a feature of integers that are numbered by a vocabulary."""
        layer = IntegerLookup(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            name=_named(name, "integer_categorical"),
        )
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a feature of strings that are numbered by a vocabulary."""
        layer = StringLookup(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            name=_named(name, "string_categorical"),
        )
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Return a feature of strings that are hashed."""
        layer = Hashing(num_bins, name=_named(name, "string_hashed"))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Return a feature of integers that are hashed."""
        layer = Hashing(num_bins, name=_named(name, "integer_hashed"))
        return Feature("int32", layer, output_mode)

    def _feature(self, name: str, kind: Any) -> Feature:
        if isinstance(kind, dict):
            kind = deserialize_keras_object(kind)
        if isinstance(kind, Feature):
            return kind
        sizes = {
            "float_discretized": {"num_bins": self.num_discretization_bins},
            "integer_hashed": {"num_bins": self.hashing_dim},
            "string_hashed": {"num_bins": self.hashing_dim},
        }
        if kind not in _KINDS:
            raise ValueError(f"A feature is one of {_KINDS}. Received: {name}={kind!r}")
        return getattr(self, kind)(name=name, **sizes.get(kind, {}))

    def _cross(self, cross: Any) -> Cross:
        if isinstance(cross, dict):
            cross = deserialize_keras_object(cross)
        if isinstance(cross, Cross):
            return cross
        unknown = [name for name in cross if name not in self.features]
        if unknown or not self.crossing_dim:
            raise ValueError(
                "`crosses` has tuples of features, and `crossing_dim` is positive. "
                f"Received: {tuple(cross)}, crossing_dim={self.crossing_dim}"
            )
        return Cross(cross, self.crossing_dim)

    # Adapting

    def _to_adapt(self) -> list[str]:
        def can(layer: Any) -> bool:
            if isinstance(layer, Normalization) and layer.input_mean is not None:
                return False
            if isinstance(layer, TextVectorization) and layer.vocabulary_size() > 2:
                return False
            return hasattr(layer, "adapt")

        return [name for name, layer in self.preprocessors.items() if can(layer)]

    def adapt(self, dataset: Any) -> None:
        """Learn what the layers of the features need to know: vocabularies, means, boundaries.

        Args:
            dataset: A dict of arrays or lists, or a pipeline of such dicts without labels.

        Raises:
            ValueError: For anything else.
        """
        if isinstance(dataset, dict):
            dataset = Pipeline.from_tensor_slices(dataset)
        if not isinstance(dataset, Pipeline):
            raise ValueError(
                "adapt takes a dict of arrays or a pipeline of dicts. "
                f"Received: {type(dataset).__name__}"
            )
        for name in self._to_adapt():
            values = dataset.map(lambda row, name=name: row[name])
            rank = next(iter(values)).ndim
            if rank == 0:
                values = values.batch(_ROWS_IN_BATCH)
            if rank < 2:
                values = values.map(lambda value: value[..., None])
            self.preprocessors[name].adapt(values)
        self._is_adapted = True
        self.get_encoded_features()

    def _require_adapted(self) -> None:
        if not self._is_adapted and self._to_adapt():
            raise ValueError(
                f"FeatureSpace '{self.name}' has to be adapted before it is used. "
                f"Received: features {self._to_adapt()} that no `adapt` has seen"
            )
        self._is_adapted = True

    # Encoding

    def get_inputs(self) -> dict[str, KerasTensor]:
        """Return the symbols of the features, for a model on `get_encoded_features`."""
        self.get_encoded_features()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """Return the symbols of the encoded features."""
        self._require_adapted()
        if self.encoded_features is None:
            self._make_encoders()
            self.encoded_features = self._encoded(self.inputs)
            self.built = True
        return self.encoded_features

    def _make_encoders(self) -> None:
        specs: dict[str, Any] = {**self.features, **{one.name: one for one in self.crosses}}
        encoders = {}
        for name, spec in specs.items():
            if spec.output_mode == "one_hot":
                layer = self.preprocessors.get(name) or self.crossers[name]
                encoders[name] = CategoryEncoding(self._cardinality(name, layer), "multi_hot")
            elif spec.output_mode == "int" and self.output_mode == "concat":
                raise ValueError(
                    "Numbers of categories can't be joined with other features; use "
                    f"output_mode='dict'. Received: feature '{name}' with output_mode='int'"
                )
        self.one_hot_encoders = encoders
        if self.output_mode == "concat":
            self.concat = Concatenate(axis=-1)

    def _cardinality(self, name: str, layer: Any) -> int:
        if isinstance(layer, (IntegerLookup, StringLookup)):
            return layer.vocabulary_size()
        if isinstance(layer, CategoryEncoding):
            return int(layer.num_tokens or 0)
        if isinstance(layer, (Discretization, HashedCrossing, Hashing)):
            return int(layer.num_bins or 0)
        raise ValueError(
            "Of layers that are not Keras's, the number of categories is not known; use "
            f"output_mode='int'. Received: feature '{name}' with a {type(layer).__name__}"
        )

    def _encoded(self, data: Mapping[str, Any]) -> Any:
        found = {name: self.preprocessors[name](value) for name, value in data.items()}
        crossed = {
            one.name: self.crossers[one.name]([found[name] for name in one.feature_names])
            for one in self.crosses
        }
        parts = {}
        for group in (found, crossed):
            for name in sorted(group):
                encoder = self.one_hot_encoders.get(name)
                parts[name] = group[name] if encoder is None else encoder(group[name])
        if self.concat is None:
            return parts
        joined = list(parts.values())
        return self.concat(joined) if len(joined) > 1 else joined[0]

    def __call__(self, data: Any) -> Any:
        """Encode a dict of values."""
        self.get_encoded_features()
        if not isinstance(data, dict):
            raise ValueError(f"A FeatureSpace takes a dict. Received: {type(data).__name__}")
        if any(isinstance(value, KerasTensor) for value in data.values()):
            return self._encoded(data)
        values = {name: as_leaf(data[name]) for name in self.features}
        single = any(value.ndim == 0 for value in values.values())
        with torch.no_grad():
            result = self._encoded(
                {
                    name: value.reshape(1, 1) if value.ndim == 0 else _column(value)
                    for name, value in values.items()
                }
            )
        if not single:
            return result
        if isinstance(result, dict):
            return {name: value[0] if len(value) == 1 else value for name, value in result.items()}
        return result[0]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments; the layers of the features hold what was learnt."""
        return {
            "features": {name: serialize_keras_object(one) for name, one in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [serialize_keras_object(one) for one in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    def get_build_config(self) -> dict[str, Any]:
        """Return what the layers of the features are built with."""
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layers of the features; what they have learnt comes from the file."""
        for name, built_with in config.items():
            if not self.preprocessors[name].built:
                self.preprocessors[name].build_from_config(built_with)
        # The vocabularies come later, so the encoders of their sizes are made at the first call.
        self._is_adapted = True

    def save(self, filepath: Any) -> None:
        """Write the layer to a `.keras` file, which `load_model` reads."""
        from kerasish.models.files.keras_files import save_model

        save_model(self, filepath)


_KINDS = (
    *("float", "float_normalized", "float_rescaled", "float_discretized"),
    *("integer_categorical", "string_categorical", "integer_hashed", "string_hashed"),
)


def _named(name: str | None, kind: str) -> str:
    return f"{name or unique_name(kind)}_preprocessor"


def _column(value: Any) -> Any:
    return value[..., None] if value.ndim == 1 else value
