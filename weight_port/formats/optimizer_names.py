"""The state of the optimizer in files of arrays, which have no place of its own for it.

`convert_file` names it as `.weights.h5` files do, `optimizer/vars/0`. No module of torch has such a
name, so it is told from the weights by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from weight_port.formats.tensors import LazyTensors, TensorInfo, Tensors

_STATE = re.compile(r"optimizer/vars/(\d{1,9})")


def numbered(names: Iterable[str]) -> dict[str, str]:
    """Return names for the arrays of an optimizer, in order, with the names that they have."""
    return {f"optimizer/vars/{number}": name for number, name in enumerate(names)}


def without_optimizer(
    infos: Mapping[str, TensorInfo], read: Callable[[str], np.ndarray]
) -> tuple[dict[str, TensorInfo], Tensors]:
    """Tell a model's arrays from those of the optimizer.

    Args:
        infos: What is known of all arrays in a file.
        read: Returns the values of one of them.

    Returns:
        The model's arrays, and those of the optimizer in the order of their numbers.
    """
    numbers = {name: int(found[1]) for name in infos if (found := _STATE.fullmatch(name))}
    state = {name: infos[name] for name in sorted(numbers, key=numbers.__getitem__)}
    model = {name: info for name, info in infos.items() if name not in numbers}
    return model, LazyTensors(state, read)
