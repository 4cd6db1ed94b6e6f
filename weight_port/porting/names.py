"""Names of layers as they are compared between frameworks."""

from __future__ import annotations

import re
from functools import lru_cache

from weight_port import layouts
from weight_port.records.config_tree import to_snake_case

# What a wrapper calls the one layer in it; the other framework may have that layer alone.
_ALONE = ("layer", "cell", "module")
_DIRECTIONS = ("forward_layer", "backward_layer")
_OTHERS = ("linear", "layer_with_weights")
_WRAPPERS = ("bidirectional", "time_distributed", "rnn", "stacked_rnn_cells", "sequential", "model")


def normalized(path: str) -> str:
    """Return a path with slashes for dots, in snake case: `Encoder.LSTM` gives `encoder/lstm`."""
    parts = [to_snake_case(part) for part in re.split(r"[/.]", path)]
    return "/".join(part for part in parts if part)


def compared(path: str) -> str:
    """Return what is compared of a path: normalised, without the place inside a wrapper."""
    parts = normalized(path).split("/")
    while len(parts) > 1 and parts[-1] in _ALONE:
        parts.pop()
    return "/".join(parts)


def direction(path: str) -> str:
    """Return which half of a bidirectional layer a path names; empty for none."""
    last = compared(path).rpartition("/")[2]
    return last if last in _DIRECTIONS else ""


def is_generic(path: str) -> bool:
    """Tell whether a name says nothing: a number, or a class as Keras names layers by default."""
    parts = compared(path).split("/")
    while len(parts) > 1 and parts[-1] in _DIRECTIONS:
        parts.pop()
    last = re.sub(r"[_-]?\d+$", "", parts[-1]) or "0"
    return last.isdecimal() or last in _default_names()


@lru_cache(maxsize=1)
def _default_names() -> frozenset[str]:
    return frozenset({*map(to_snake_case, layouts.known_classes()), *_WRAPPERS, *_OTHERS})
