"""Configurations: a layer described by plain data, and made again from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn

from torch import nn

from kerasish import activations, constraints, initializers, regularizers

# How arguments are read and written, by the last word of their names.
_READERS: dict[str, Callable] = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}
_WRITERS: dict[str, Callable] = {
    "activation": activations.serialize,
    "initializer": initializers.serialize,
    "regularizer": regularizers.serialize,
    "constraint": constraints.serialize,
}


class Configurable(nn.Module):
    """The part of `Layer` that gives and takes configurations in Keras 3's form.

    A layer lists its arguments in `arguments`, in the order of its configuration. One whose name
    ends in `activation`, `initializer`, `regularizer` or `constraint` is read and written as one.
    """

    arguments: ClassVar[tuple[str, ...]] = ()
    name: str
    trainable: bool
    variable_dtype: str
    compute_dtype: str
    activity_regularizer: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Remember the arguments, for classes that do not write a `get_config` of their own."""
        instance = super().__new__(cls)
        if cls.get_config is Configurable.get_config and not cls.arguments:
            instance.__dict__["_constructor_arguments"] = (args, kwargs)
        return instance

    def _read_arguments(self, given: Mapping[str, Any]) -> None:
        """Store the arguments as attributes.

        Args:
            given: Values by name, all of `arguments` among them.
        """
        for name in self.arguments:
            if name != "activity_regularizer":
                reader = _READERS.get(name.rpartition("_")[2])
                setattr(self, name, reader(given[name]) if reader else given[name])

    def _arguments_config(self) -> dict[str, Any]:
        config = {}
        for name in self.arguments:
            writer = _WRITERS.get(name.rpartition("_")[2])
            value = getattr(self, name)
            if writer is activations.serialize:
                config[name] = writer(value, self.compute_dtype)
            else:
                config[name] = writer(value) if writer else value
        return config

    def _refuse(self, argument: str, value: Any, expected: str) -> NoReturn:
        raise ValueError(
            f"Layer '{self.name}' ({type(self).__name__}) takes {expected} as `{argument}`. "
            f"Received: {argument}={value!r}"
        )

    def _checked_size(self, argument: str, value: Any) -> int:
        """Return a positive whole number given as an argument.

        Raises:
            ValueError: If it is none.
        """
        if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() <= 0:
            self._refuse(argument, value, "a positive integer")
        return value.__index__()

    def get_config(self) -> dict[str, Any]:
        """Return plain data from which `from_config` makes the same layer, without its weights.

        A subclass that does not override it is described by its constructor's arguments.

        Raises:
            NotImplementedError: If a constructor's argument has no plain form.
        """
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": {
                "module": "keras",
                "class_name": "DTypePolicy",
                "config": {"name": self.variable_dtype},
                "registered_name": None,
            },
        }
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        config.update(self._arguments_config())
        captured = self.__dict__.get("_constructor_arguments")
        if captured is not None:
            config = {**self._captured_config(*captured), **config}
            accepted = inspect.signature(type(self).__init__).parameters.values()
            if not any(p.kind is p.VAR_KEYWORD for p in accepted):
                names = {p.name for p in accepted}
                config = {key: value for key, value in config.items() if key in names}
        return config

    def _captured_config(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        from kerasish.saving.registry import serialize_keras_object

        bound = inspect.signature(type(self).__init__).bind(self, *args, **kwargs)
        config: dict[str, Any] = {}
        parameters = inspect.signature(type(self).__init__).parameters
        for name, value in list(bound.arguments.items())[1:]:
            kind = parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                raise NotImplementedError(
                    f"Layer '{self.name}' ({type(self).__name__}) takes *{name}, which a "
                    "configuration can't name; override get_config. "
                    f"Received: {len(value)} positional arguments"
                )
            if kind is inspect.Parameter.VAR_KEYWORD:
                config.update({k: serialize_keras_object(v) for k, v in value.items()})
            else:
                config[name] = serialize_keras_object(value)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what `get_config` gave."""
        if cls.get_config is not Configurable.get_config or cls.arguments:
            return cls(**config)
        from kerasish.saving.registry import deserialize_keras_object

        return cls(
            **{
                key: deserialize_keras_object(value) if isinstance(value, (dict, list)) else value
                for key, value in config.items()
            }
        )

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shapes that the layer was built for."""
        shapes = self.__dict__.get("_build_shapes")
        if not shapes:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": {f"{name}_shape": shape for name, shape in shapes.items()}}

    def build_from_config(self: Any, config: dict[str, Any]) -> None:
        """Build for the shapes that `get_build_config` gave."""
        if self.built or not config:
            return
        if "input_shape" in config:
            shapes = {"input": _as_shape(config["input_shape"])}
        else:
            shapes = {
                name.removesuffix("_shape"): _as_shape(shape)
                for name, shape in config.get("shapes_dict", {}).items()
            }
        if shapes:
            self._build_from_shapes(shapes)


def _as_shape(value: Any) -> Any:
    """Turn the lists that JSON makes of shapes back into tuples."""
    if isinstance(value, list) and all(size is None or isinstance(size, int) for size in value):
        return tuple(value)
    if isinstance(value, list):
        return [_as_shape(item) for item in value]
    return value
