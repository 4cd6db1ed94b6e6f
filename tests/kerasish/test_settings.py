"""`kerasish.config`, dtype policies and `mixed_precision`, against real Keras."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import config, dtype_policies, layers, mixed_precision


@pytest.fixture(autouse=True)
def _settings_come_back() -> Iterator[None]:
    yield
    for library in (keras, kerasish):
        library.config.set_max_epochs(None)
        library.config.set_max_steps_per_epoch(None)
        library.config.set_dtype_policy("float32")
        library.config.enable_traceback_filtering()
    config.reset_dtype_policy()
    config._flash_attention = None
    torch.backends.cuda.enable_flash_sdp(True)


def counts(library: Any, limit_epochs: int | None, limit_steps: int | None) -> list[Any]:
    """How far training, evaluation and prediction go, and what they warn of."""
    library.config.set_max_epochs(limit_epochs)
    library.config.set_max_steps_per_epoch(limit_steps)
    model = library.Sequential([library.Input((1,)), library.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((12, 1), "float32")
    seen: list[Any] = []

    class Record(library.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(("epoch", epoch, self.params["epochs"], self.params["steps"]))

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append(("test", batch))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        told = {"batch_size": 2, "verbose": 0, "callbacks": [Record()]}
        model.fit(x, x, epochs=3, validation_data=(x, x), **told)
        model.fit(x, x, epochs=3, steps_per_epoch=2, **told)
        model.evaluate(x, x, **told)
        seen.append(model.predict(x, batch_size=2, verbose=0).shape)
    return [*seen, {str(one.message) for one in caught if "Limiting" in str(one.message)}]


@pytest.mark.parametrize(("epochs", "steps"), [(None, None), (2, None), (None, 4), (1, 1)])
def test_limits_are_keras(epochs: int | None, steps: int | None) -> None:
    assert counts(kerasish, epochs, steps) == counts(keras, epochs, steps)


def test_limits_above_what_there_is_change_nothing() -> None:
    assert counts(kerasish, 5, 9) == counts(kerasish, None, None)


def test_limits_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "2")
    monkeypatch.setenv("KERAS_MAX_STEPS_PER_EPOCH", "3")
    assert (config.max_epochs(), config.max_steps_per_epoch()) == (2, 3)
    config.set_max_epochs(7)
    assert config.max_epochs() == 7


@pytest.mark.parametrize("policy", ["float64", dtype_policies.DTypePolicy("bfloat16")])
def test_the_policy_is_that_of_new_layers(policy: Any) -> None:
    name = getattr(policy, "name", policy)
    given = keras.DTypePolicy(name) if policy != name else name
    answers = []
    for library, value in ((keras, given), (kerasish, policy)):
        library.config.set_dtype_policy(value)
        dense, other = library.layers.Dense(2), library.layers.Dense(2, dtype="float16")
        answers.append(
            [library.config.dtype_policy().name]
            + [(one.dtype, one.compute_dtype, one.input_dtype) for one in (dense, other)]
            + [repr(one.dtype_policy) for one in (dense, other)]
        )
        library.utils.clear_session()
        answers[-1].append(library.layers.Dense(2).dtype)
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "identifier",
    [None, "float16", "mixed_bfloat16", np.float64, "FloatDTypePolicy"],
    ids=["none", "name", "mixed", "dtype", "config"],
)
def test_policies_are_keras(identifier: Any) -> None:
    if identifier == "FloatDTypePolicy":
        identifier = keras.dtype_policies.serialize(
            keras.dtype_policies.FloatDTypePolicy("float64")
        )
    theirs, ours = (one.dtype_policies.get(identifier) for one in (keras, kerasish))
    assert repr(ours) == repr(theirs)
    for name in ("name", "compute_dtype", "variable_dtype", "quantization_mode"):
        assert getattr(ours, name) == getattr(theirs, name)
    stored = json.loads(json.dumps(dtype_policies.serialize(ours)))
    assert stored == keras.dtype_policies.serialize(theirs)
    assert dtype_policies.deserialize(stored) == ours
    assert dtype_policies.get(ours) is ours


def test_mixed_policies_are_refused_where_they_would_count() -> None:
    policy = mixed_precision.Policy("mixed_float16")
    with pytest.raises(ValueError, match=r"torch.autocast.*Received: policy='mixed_float16'"):
        mixed_precision.set_global_policy(policy)
    with pytest.raises(ValueError, match="autocast"):
        layers.Dense(2, dtype=policy)
    for wrong in ("int8", 3, "float31"):
        with pytest.raises(ValueError, match="Received"):
            config.set_dtype_policy(wrong)
    with pytest.raises(TypeError, match="Received"):
        dtype_policies.DTypePolicy(3)  # type: ignore[arg-type]


def test_switches_have_the_answers_of_keras() -> None:
    for library in (keras, kerasish):
        assert library.config.is_traceback_filtering_enabled()
        library.config.disable_traceback_filtering()
        assert not library.config.is_traceback_filtering_enabled()
    assert config.is_flash_attention_enabled() is None
    config.disable_flash_attention()
    assert config.is_flash_attention_enabled() is False
    assert not torch.backends.cuda.flash_sdp_enabled()
    config.enable_flash_attention()
    assert torch.backends.cuda.flash_sdp_enabled()
    config.disable_interactive_logging()
    assert not kerasish.utils.is_interactive_logging_enabled()
    config.enable_interactive_logging()
    assert config.is_interactive_logging_enabled()
    assert config.backend() == "torch"
    config.set_backend("torch")
    with pytest.raises(ValueError, match="Received: backend='jax'"):
        config.set_backend("jax")
    with pytest.raises(RuntimeError, match="custom_objects"):
        config.enable_unsafe_deserialization()
