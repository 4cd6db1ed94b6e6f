"""The global state of model building, and its reset."""

from __future__ import annotations

import gc

from kerasish import config
from kerasish.graph import keras_tensor
from kerasish.layers.base import naming
from kerasish.random.seed_generator import reset_global_seed_generator


def clear_session(free_memory: bool = True) -> None:
    """Start automatic names anew, and forget the seed generator and dtype policy of all layers.

    Models that exist stay as they are.

    Args:
        free_memory: Whether Python's garbage collector is run.

    See https://keras.io/api/utils/config_utils/#clearsession-function.
    """
    naming.reset_names()
    keras_tensor.reset_names()
    reset_global_seed_generator()
    config.reset_dtype_policy()
    if free_memory:
        gc.collect()
