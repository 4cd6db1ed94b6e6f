"""The training step of the two peers that are trained as torch modules are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from benchmarks.data import TIMED_RATE, Data
from benchmarks.peers.peer import Call, Results, weight_steps


def mean_squared_error(
    outputs: torch.Tensor, targets: torch.Tensor, valid: torch.Tensor | None
) -> torch.Tensor:
    """Return the loss; errors at masked steps count as zero.

    Args:
        outputs: `(batch, time, units)`.
        targets: `(batch, time, units)`.
        valid: `(batch, time, 1)`, 1 at valid steps; None for no mask.
    """
    if valid is None:
        return torch.nn.functional.mse_loss(outputs, targets)
    return torch.nn.functional.mse_loss(outputs * valid, targets * valid)


def make_training_step(
    run: Callable[[], torch.Tensor],
    parameters: Iterable[torch.nn.Parameter],
    data: Data,
    device: str,
    read_weights: Callable[[], list[dict[str, Any]]],
) -> tuple[Call, Results]:
    """Return a training step, and the results of one.

    Args:
        run: Computes the outputs.
        parameters: What is trained.
        data: The case's arrays.
        device: Where the targets go.
        read_weights: Reads the weights of each direction in Keras's layout, as NumPy arrays.
    """
    targets = torch.from_numpy(data.targets).to(device)
    valid = None
    if data.mask is not None:
        valid = torch.from_numpy(data.mask).to(device)[..., None].float()
    optimizer = torch.optim.SGD([p for p in parameters if p.requires_grad], lr=data.checked_rate)

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = mean_squared_error(run(), targets, valid)
        loss.backward()
        optimizer.step()
        return loss

    before = read_weights()
    loss = step().item()
    results = {"loss": torch.tensor(loss).numpy(), **weight_steps(before, read_weights())}
    optimizer.param_groups[0]["lr"] = TIMED_RATE
    return step, results
