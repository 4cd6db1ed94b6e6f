"""Gradients, as they are given or as `backward()` left them, in torch's layout."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch

from kerasish.layers.base.variable import Variable
from kerasish.optimizers.base.batch import GradientList
from kerasish.optimizers.base.trained_variable import TrainedVariable, trained_variable

if TYPE_CHECKING:
    from kerasish.optimizers.base.optimizer import Optimizer


def given_gradients(
    optimizer: Optimizer, grads: list[Any], variables: list[Any] | None
) -> GradientList:
    """Return gradients that were given with their variables, those that are None left out.

    Args:
        optimizer: The optimizer.
        grads: A tensor or array in the layout of the variable, or None, for each variable.
        variables: Variables or parameters; None for all that the optimizer trains.

    Raises:
        ValueError: If a number, shape or variable does not fit, or all gradients are None.
    """
    if variables is None:
        if not optimizer.built:
            raise ValueError(
                f"Optimizer '{optimizer.name}' ({type(optimizer).__name__}) has no variables yet; "
                "call build(trainable_variables) first, or give the variables with the gradients. "
                f"Received: {len(grads)} gradients without variables"
            )
        seen = optimizer._trained
    else:
        seen = [trained_variable(variable) for variable in variables]
        optimizer._indices(seen)
    if len(grads) != len(seen):
        raise ValueError(
            f"Optimizer '{optimizer.name}' ({type(optimizer).__name__}) needs a gradient, or None, "
            f"for each of {len(seen)} variables. Received: {len(grads)} gradients"
        )
    missing = [one.path for one, grad in zip(seen, grads, strict=True) if grad is None]
    if len(missing) == len(seen):
        raise ValueError(f"No gradients provided for any variable. Received: None for {missing}")
    if missing:
        warnings.warn(
            f"There are no gradients for the variables {missing}, which stay as they are.",
            stacklevel=3,
        )
    found = GradientList([], [])
    for variable, grad in zip(seen, grads, strict=True):
        if grad is not None:
            found.variables.append(optimizer._trained[optimizer._index[variable.key]])
            found.gradients.extend(_in_torch_layout(variable, grad))
    return found


def _in_torch_layout(variable: TrainedVariable, grad: Any) -> list[torch.Tensor]:
    if isinstance(grad, Variable):
        grad = grad.value
    parameter = variable.pieces[0].parameter
    tensor = torch.as_tensor(grad, dtype=parameter.dtype, device=parameter.device).detach()
    _refuse_sparse(variable, tensor)
    if tuple(tensor.shape) != variable.handle.shape:
        raise ValueError(
            f"The gradient of '{variable.path}' has to have its shape {variable.handle.shape}. "
            f"Received: a gradient of shape {tuple(tensor.shape)}"
        )
    return variable.to_torch(tensor)


def collected_gradients(optimizer: Optimizer) -> GradientList:
    """Return the gradients in the parameters' `.grad`; variables without any are left out.

    Raises:
        RuntimeError: If the optimizer has no variables yet, or a gradient is sparse.
    """
    if not optimizer.built:
        raise RuntimeError(
            f"Optimizer '{optimizer.name}' ({type(optimizer).__name__}) has no variables yet; call "
            f"build(model), or make it as {type(optimizer).__name__}(model, ...). "
            "Received: step()"
        )
    found = GradientList([], [])
    for variable in optimizer._trained:
        if len(variable.pieces) == 1:
            piece = variable.pieces[0]
            grad = piece.parameter.grad
            if grad is not None:
                _refuse_sparse(variable, grad)
                found.variables.append(variable)
                found.gradients.append(piece.of(grad))
                _note_rows(found, variable, grad)
            continue
        grads = [piece.parameter.grad for piece in variable.pieces]
        if all(grad is None for grad in grads):
            continue
        found.variables.append(variable)
        for piece, grad in zip(variable.pieces, grads, strict=True):
            if grad is None:
                grad = torch.zeros_like(piece.parameter)
            _refuse_sparse(variable, grad)
            found.gradients.append(piece.of(grad))
    return found


def _note_rows(found: GradientList, variable: TrainedVariable, gradient: torch.Tensor) -> None:
    """Have the gradient of a table as rows too, where the squares of rows make a difference."""
    lookups = variable.lookups
    if lookups is not None and type(gradient) is torch.Tensor:
        rows = lookups.take(gradient)
        if rows is not None:
            found.rows[id(variable)] = rows


def _refuse_sparse(variable: TrainedVariable, grad: torch.Tensor) -> None:
    if grad.layout != torch.strided:
        raise RuntimeError(
            "Optimizers take dense gradients; make the embedding with sparse=False, or use "
            f"torch.optim.SparseAdam. Received: a gradient of '{variable.path}' with layout "
            f"{grad.layout}"
        )
