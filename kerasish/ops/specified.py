"""Operations that need more care on symbols: told shapes, functions among the arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.shape_inference import infer_outputs
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.layers.core.operations import call_on_symbols
from kerasish.layers.core.torch_function import TorchFunction

F = TypeVar("F", bound=Callable[..., Any])


class SpecifiedStep(TorchFunction):
    """A step of a model whose outputs a function of the symbols tells.

    Args:
        function: A function of tensors.
        spec: A function of the same arguments that returns symbols.
        title: What automatic names are made from.
        **kwargs: Arguments of every layer.
    """

    def __init__(self, function: Callable, spec: Callable, title: str, **kwargs: Any) -> None:
        super().__init__(function, title, **kwargs)
        self.spec = spec

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the function of the symbols tells."""
        return self.spec(*args, **kwargs)


def specified(spec: Callable | None = None) -> Callable[[F], F]:
    """Make an operation of a function that takes functions, or needs values for its shapes.

    For symbols it becomes a step of a model, which holds the functions among the arguments: the
    graph of a model names tensors and plain values alone.

    Args:
        spec: A function of the operation's arguments that returns symbols; None to find them by
            running the operation on tensors without values.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def apply(*args: Any, **kwargs: Any) -> Any:
            given = [list(args), kwargs]
            leaves = flatten(given)
            if not any(isinstance(leaf, KerasTensor) for leaf in leaves):
                return function(*args, **kwargs)
            held = {place: leaf for place, leaf in enumerate(leaves) if callable(leaf)}
            if not held and spec is not None:
                plain = partial(SpecifiedStep, function, spec, function.__name__)
                return call_on_symbols(function.__name__, apply, args, kwargs, plain)

            def with_functions(called: Callable) -> Callable:
                def restored(*args: Any, **kwargs: Any) -> Any:
                    rest = flatten([list(args), kwargs])
                    full = [held.get(place, leaf) for place, leaf in enumerate(rest)]
                    args, kwargs = pack_like([list(args), kwargs], full)
                    return called(*args, **kwargs)

                return restored

            name = function.__name__
            step: TorchFunction
            if spec is None:
                step = TorchFunction(with_functions(function), name)
            else:
                step = SpecifiedStep(with_functions(function), with_functions(spec), name)
            bare = [None if place in held else leaf for place, leaf in enumerate(leaves)]
            args, kwargs = pack_like(given, bare)
            return step(*args, **kwargs)

        apply.spec = spec  # type: ignore[attr-defined]
        return cast(F, apply)

    return decorate


def like(structure: Any) -> Any:
    """Return symbols of the shapes and types of symbols, tensors and numbers."""
    from kerasish.ops.dispatch import tensor

    def one(value: Any) -> KerasTensor:
        if not isinstance(value, KerasTensor):
            value = tensor(value)
        return KerasTensor(value.shape, value.dtype)

    return map_structure(one, structure)


def outputs_of(function: Callable, *operands: Any) -> Any:
    """Return the symbolic outputs of a function of symbols, tensors and other values."""
    name = getattr(function, "__name__", "a function")
    return infer_outputs(function, operands, {}, f"{name} (a function of tensors)")
