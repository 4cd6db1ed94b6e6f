"""The counters behind automatic names."""

from __future__ import annotations

from kerasish.graph import keras_tensor
from kerasish.layers.base import naming


def clear_session(free_memory: bool = True) -> None:
    """Start automatic names anew: the next LSTM is `lstm` again.

    Args:
        free_memory: Taken for Keras's sake; Python frees what nothing refers to.
    """
    naming.reset_names()
    keras_tensor.reset_names()
