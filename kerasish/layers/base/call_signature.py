"""What a layer's `call` takes, read once per class."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class CallSignature:
    """The parameters of a `call` method.

    Attributes:
        names: Names of the parameters that may be given by position, without `self`.
        accepted: All named parameters.
        takes_any: Whether there is a `**kwargs`.
        required: How many of the positional parameters have no default.
        build_names: Parameters of `build`, without `self`.
        shape_names: Parameters of `compute_output_shape`, without `self`.
    """

    names: tuple[str, ...]
    accepted: frozenset[str]
    takes_any: bool
    takes_any_positional: bool
    required: int
    build_names: tuple[str, ...]
    shape_names: tuple[str, ...]

    @classmethod
    def read(cls, call: Callable, build: Callable, compute_output_shape: Callable) -> CallSignature:
        """Read the signatures of a class's three methods."""
        positional, accepted, takes_any, any_positional, required = [], set(), False, False, 0
        for parameter in list(inspect.signature(call).parameters.values())[1:]:
            if parameter.kind is parameter.VAR_KEYWORD:
                takes_any = True
            elif parameter.kind is parameter.VAR_POSITIONAL:
                any_positional = True
            else:
                accepted.add(parameter.name)
                if parameter.kind is not parameter.KEYWORD_ONLY:
                    positional.append(parameter.name)
                    required += parameter.default is parameter.empty
        return cls(
            tuple(positional),
            frozenset(accepted),
            takes_any,
            any_positional,
            required,
            _named_parameters(build),
            _named_parameters(compute_output_shape),
        )


def _named_parameters(function: Callable) -> tuple[str, ...]:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return tuple(p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))


def shapes_by_parameter(parameters: tuple[str, ...], shapes: dict[str, object]) -> dict:
    """Choose which of a call's shapes `build` or `compute_output_shape` is given.

    A method of one parameter gets the first argument's shape; a method of several gets, for each
    `x_shape`, the shape of the call's argument `x`, as in Keras.

    Args:
        parameters: Names of the method's parameters.
        shapes: Shape of each tensor argument of the call, by the argument's name, in order.
    """
    if not parameters or not shapes:
        return {}
    if len(parameters) == 1:
        return {parameters[0]: next(iter(shapes.values()))}
    chosen = {
        name: shapes[name.removesuffix("_shape")]
        for name in parameters
        if name.removesuffix("_shape") in shapes
    }
    # A first parameter of another name (`input_shape`) stands for the first argument.
    if parameters[0] not in chosen:
        chosen[parameters[0]] = next(iter(shapes.values()))
    return chosen
