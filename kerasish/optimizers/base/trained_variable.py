"""The variables that an optimizer trains: Keras's weights, and the torch parameters behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from kerasish.layers.base.variable import Variable
from kerasish.layers.base.weight_spec import WeightSpec
from kerasish.layers.base.weights import WeightOwner
from weight_port.layouts.entry import ArrayPlans, WeightPlans


@dataclass(frozen=True, eq=False)
class Piece:
    """A torch parameter, or the slice of one that belongs to a single variable.

    Attributes:
        parameter: The parameter.
        part: Where several variables share the parameter: the dimension that they divide, which
            slice this is, and the number of slices.
    """

    parameter: torch.Tensor
    part: tuple[int, int, int] | None = None

    def of(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return what of a tensor shaped as the parameter belongs to the variable, as a view."""
        if self.part is None:
            return tensor
        dim, index, count = self.part
        size = tensor.shape[dim] // count
        return tensor.narrow(dim, index * size, size)

    @property
    def key(self) -> tuple[int, int]:
        """What tells two pieces apart."""
        return id(self.parameter), 0 if self.part is None else self.part[1]


class TrainedVariable:
    """One variable in the sense of Keras, and the pieces of torch parameters that hold it.

    Rules that work on each number by itself run on the pieces, in torch's layout. Rules that look
    at a variable as a whole (norms, rows and columns) see it as Keras does.

    Attributes:
        handle: The variable, in Keras's layout.
        pieces: What is trained of it. A second bias of torch, zero and frozen, is not there.
    """

    def __init__(self, handle: Variable, pieces: Sequence[Piece]) -> None:
        self.handle = handle
        self.pieces = tuple(pieces)

    @property
    def _plans(self) -> WeightPlans | None:
        """How the pieces lie in Keras's layout; None where they are as Keras has them."""
        if self.handle._spec.attribute is not None or isinstance(self.handle, ParameterVariable):
            return None
        return self.handle._owner._known_layout.plans[self.handle._spec.name]

    @property
    def key(self) -> tuple:
        """What tells two variables apart: the parameters that hold them."""
        return tuple(piece.key for piece in self.pieces)

    @property
    def name(self) -> str:
        """Keras's name, such as `"kernel"`."""
        return self.handle.name

    @property
    def path(self) -> str:
        """Keras's path, such as `"dense/kernel"`."""
        return self.handle.path

    @property
    def constraint(self) -> Callable | None:
        """The projection after each step, or None."""
        return self.handle.constraint

    @property
    def lookups(self) -> Any:
        """The lookups of a table that is trained as it is, or None."""
        # Where it is, not by name: layers that have none would look for it everywhere.
        return self.handle._owner.__dict__.get("_lookups")

    @property
    def dtype(self) -> torch.dtype:
        """Type of the parameters."""
        return self.pieces[0].parameter.dtype

    def to_keras(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return tensors shaped as the pieces as one tensor in Keras's layout."""
        whole = self._plans
        if whole is None:
            return tensors[0]
        plans = _trained_plans(whole)
        parts = [
            plan.to_keras(tensor.squeeze(plan.part_dim) if _alone(plan) else tensor)
            for plan, tensor in zip(plans, tensors, strict=True)
        ]
        if whole.weight.relation != "stack":
            return parts[0]
        join = torch.stack if whole.stack_alone else torch.cat
        return join(parts, whole.stack_dim)

    def settle(self) -> None:
        """Move what lies in a frozen second bias into the one that is trained.

        Their sum is what Keras calls the weight. A checkpoint from elsewhere has values in both.
        """
        plans = self._plans
        if plans is None or plans.weight.relation != "sum":
            return
        tensors = self.handle._owner._torch_tensors(self.handle._spec)
        if any(tensors[name].any() for name in plans.weight.frozen_torch_names):
            self.handle.assign(self.handle.value)

    def to_torch(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        """Return a tensor in Keras's layout as tensors shaped as the pieces."""
        whole = self._plans
        if whole is None:
            return [tensor]
        plans = _trained_plans(whole)
        parts: Sequence[torch.Tensor] = [tensor]
        if whole.weight.relation == "stack":
            if whole.stack_alone:
                parts = tensor.unbind(whole.stack_dim)
            else:
                parts = tensor.chunk(len(plans), whole.stack_dim)
        return [
            plan.to_torch(part).unsqueeze(plan.part_dim) if _alone(plan) else plan.to_torch(part)
            for plan, part in zip(plans, parts, strict=True)
        ]


def _alone(plan: ArrayPlans) -> bool:
    return plan.array.part is not None and plan.part_alone


def _trained_plans(plans: WeightPlans) -> list[ArrayPlans]:
    return [plan for plan in plans.arrays if not plan.array.frozen]


class _ParameterOwner:
    """Lets a plain torch parameter be read and written as a `Variable`."""

    def __init__(self, parameter: torch.Tensor) -> None:
        self.parameter = parameter

    @property
    def trainable(self) -> bool:
        return self.parameter.requires_grad

    def _read_weight(self, spec: WeightSpec) -> torch.Tensor:
        return self.parameter

    def _read_gradient(self, spec: WeightSpec) -> torch.Tensor | None:
        return self.parameter.grad

    def _write_weight(self, spec: WeightSpec, value: torch.Tensor) -> None:
        with torch.no_grad():
            self.parameter.copy_(value)


class ParameterVariable(Variable):
    """A plain torch parameter, with the methods of a variable; its layout is torch's own."""

    def __init__(self, parameter: torch.Tensor, path: str) -> None:
        self._owner = _ParameterOwner(parameter)
        self.name = path.rpartition("/")[2]
        self.path = path
        self._spec = WeightSpec(self.name)


def trained_variables(items: Any, count: int = 0) -> list[TrainedVariable]:
    """Return the variables that something consists of, each once.

    Args:
        items: A module, or an iterable of `Variable`s, torch parameters, modules and
            `(name, parameter)` pairs. Of a module the trainable variables are taken; parameters
            outside of layers of this package are variables in torch's own layout.
        count: Number of variables known before, which automatic names go on from.

    Raises:
        TypeError: For anything else.
        ValueError: For a layer that is not built yet.
    """
    found: dict[tuple, TrainedVariable] = {}
    for item in [items] if isinstance(items, (nn.Module, Variable, torch.Tensor)) else items:
        for variable in _resolve(item, f"parameter_{count + len(found)}"):
            found.setdefault(variable.key, variable)
    return list(found.values())


def trained_variable(item: Any) -> TrainedVariable:
    """Return the single variable that a `Variable` or parameter stands for.

    Raises:
        TypeError: For anything else.
    """
    if isinstance(item, nn.Module):
        raise TypeError(
            "A gradient belongs to a variable or parameter, not to a module. "
            f"Received: {type(item).__name__}"
        )
    return next(iter(_resolve(item, "parameter")))


def _resolve(item: Any, name: str) -> Iterator[TrainedVariable]:
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
        name, item = item[0].replace(".", "/"), item[1]
    if isinstance(item, ParameterVariable):
        yield _plain(item._owner.parameter, item.path)
    elif isinstance(item, Variable):
        yield _of_layer(item)
    elif isinstance(item, torch.Tensor):
        yield _plain(item, name)
    elif isinstance(item, nn.Module):
        yield from _of_module(item, "")
    else:
        raise TypeError(
            "An optimizer trains variables, torch parameters, and those of modules. "
            f"Received: {item!r} of type {type(item).__name__}"
        )


def _plain(parameter: torch.Tensor, path: str) -> TrainedVariable:
    return TrainedVariable(ParameterVariable(parameter, path), [Piece(parameter)])


def _of_layer(variable: Variable) -> TrainedVariable:
    owner, spec = variable._owner, variable._spec
    if spec.attribute is not None:
        return TrainedVariable(variable, [Piece(owner._read_weight(spec))])
    plans = owner._known_layout.plans[spec.name]
    tensors = owner._torch_tensors(spec)
    pieces = []
    for plan in _trained_plans(plans):
        part = plan.array.part
        where = None if part is None else (plan.part_dim, part[1], plan.parts)
        pieces.append(Piece(tensors[plan.array.name], where))
    return TrainedVariable(variable, pieces)


def _of_module(module: nn.Module, prefix: str) -> Iterator[TrainedVariable]:
    if isinstance(module, WeightOwner):
        variables = module.trainable_variables
        if not variables and not getattr(module, "built", True):
            raise ValueError(
                f"Layer '{module.name}' ({type(module).__name__}) has no weights before it is "
                "built; call it on data first. Received: it as something to train"
            )
        for variable in variables:
            yield _of_layer(variable)
        return
    for name, parameter in module._parameters.items():
        if parameter is not None and parameter.requires_grad:
            yield _plain(parameter, prefix + name)
    for name, child in module._modules.items():
        if child is not None:
            yield from _of_module(child, f"{prefix}{name}/")
