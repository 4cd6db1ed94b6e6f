"""The processes that train together: who they are, and what they tell each other."""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist


class _State:
    """What this process knows about the others."""

    joined = False  # whether this package may talk to the others, in step with them
    alone = 0  # how many `alone()` blocks are open


_STATE = _State()


def initialize() -> None:
    """Join the processes that `torchrun` started, so that models train on all of them.

    `fit`, `evaluate`, `train_on_batch` and `test_on_batch` do this by themselves in a process that
    `torchrun` started, unless the script set up `torch.distributed` itself. Call it in a script
    that did so, if models shall share their work nevertheless. Every process has to make the same
    calls of `fit`, `evaluate` and `predict` from then on, or make them in `alone()`.

    With CUDA the processes talk by NCCL and each takes the GPU of its local rank, else by Gloo.
    Without `torchrun` and without a process group nothing happens.
    """
    if not dist.is_available():
        return
    if not dist.is_initialized():
        if not _launched():
            return
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
            dist.init_process_group("nccl")
        else:
            dist.init_process_group("gloo")
        atexit.register(_leave)
    _STATE.joined = True


def _leave() -> None:
    """End the group that `initialize` made, whose threads must not outlive the interpreter."""
    if dist.is_initialized():
        dist.destroy_process_group()
        # While something holds the group, its threads live on. They need the interpreter to let go
        # of the last tensors, and one that asks for it when Python has ended aborts the process.
        time.sleep(0.2)


def join_if_launched() -> None:
    """Join the others if `torchrun` started this process, and the script left that to us."""
    if not _STATE.joined and _launched() and not dist.is_initialized():
        initialize()


def _launched() -> bool:
    return dist.is_torchelastic_launched() and int(os.environ.get("WORLD_SIZE", "1")) > 1


def rank() -> int:
    """Return the number of this process, from 0; 0 without others."""
    return dist.get_rank() if _STATE.joined else 0


def world_size() -> int:
    """Return how many processes train together; 1 without others."""
    return dist.get_world_size() if _STATE.joined else 1


def is_active() -> bool:
    """Whether calls of models share their work with other processes now."""
    return _STATE.joined and not _STATE.alone and dist.get_world_size() > 1


@contextmanager
def alone() -> Iterator[None]:
    """Do all work in this process: what only one process runs has to stand in such a block."""
    _STATE.alone += 1
    try:
        yield
    finally:
        _STATE.alone -= 1


def from_first(value: Any) -> Any:
    """Return the first process's value in all of them.

    Args:
        value: Anything that can be pickled.
    """
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


def joined(tensor: torch.Tensor) -> torch.Tensor:
    """Return the tensors of all processes, one after the other on their first axis."""
    own = torch.tensor([tensor.shape[0]], device=tensor.device)
    lengths = [torch.empty_like(own) for _ in range(world_size())]
    dist.all_gather(lengths, own)
    counts = [int(length) for length in lengths]
    filled = tensor.new_zeros((max(counts), *tensor.shape[1:]))
    filled[: tensor.shape[0]] = tensor
    parts = [torch.empty_like(filled) for _ in counts]
    dist.all_gather(parts, filled)
    return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])


def share_tensors(tensors: list[torch.Tensor]) -> None:
    """Overwrite tensors with those of the first process, in place."""
    with torch.no_grad():
        for tensor in tensors:
            whole = tensor.detach().contiguous()
            dist.broadcast(whole, src=0)
            if whole.data_ptr() != tensor.data_ptr():
                tensor.copy_(whole)
