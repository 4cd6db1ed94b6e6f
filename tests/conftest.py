"""Settings of the whole suite, made before TensorFlow or torch is imported."""

import gc
import os

import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture(scope="module", autouse=True)
def _quick_garbage_collections() -> None:
    """Leave what is there out of later collections.

    A collection looks at the million objects of TensorFlow, Keras and torch, and each
    `clear_session` asks for one: that took a fifth of the suite's time.
    """
    gc.collect()
    gc.freeze()
