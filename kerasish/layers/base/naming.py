"""Automatic names of layers and models: `lstm`, `lstm_1`, ... as Keras counts them."""

from __future__ import annotations

import re
from collections import defaultdict

_counts: defaultdict[str, int] = defaultdict(int)
# Those of `backend.get_uid`.
_prefixes: defaultdict[str, int] = defaultdict(int)


def to_snake_case(name: str) -> str:
    """Turn a class name into Keras's snake case: `ConvLSTM2D` gives `conv_lstm2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub("([a-z])([A-Z])", r"\1_\2", name)
    return name.lower()


def unique_name(class_name: str) -> str:
    """Return the next free automatic name of a class: `lstm`, then `lstm_1`, then `lstm_2`."""
    prefix = to_snake_case(class_name)
    number = _counts[prefix]
    _counts[prefix] += 1
    return f"{prefix}_{number}" if number else prefix


def next_number(prefix: str) -> int:
    """Return how often a prefix was asked for, this time included."""
    _prefixes[prefix] += 1
    return _prefixes[prefix]


def reset_names() -> None:
    """Start all automatic names anew."""
    _counts.clear()
    _prefixes.clear()
