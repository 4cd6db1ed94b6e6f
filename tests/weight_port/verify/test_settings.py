"""Each hypothesis about settings is found for its own change, and claims no other difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.weight_port.verify.builders import random_layer
from weight_port.errors import WeightPortError
from weight_port.verify.settings import (
    KNOWN,
    OUTPUT_HYPOTHESES,
    diagnose_output,
    run,
    settings_of,
)

CASES = [
    (hypothesis, layer_class)
    for hypothesis in OUTPUT_HYPOTHESES
    for layer_class in sorted(hypothesis.classes)
]


def weights_of(layer_class: str, seed: int, config: dict[str, Any]) -> dict[str, np.ndarray]:
    if layer_class == "LayerNormalization":
        norm = random_layer("BatchNormalization", seed)
        return {"gamma": norm["gamma"], "beta": norm["beta"]}
    if layer_class in ("Activation", "LeakyReLU"):
        return {}
    variant = {"reset_after": config.get("reset_after", True)} if layer_class == "GRU" else {}
    return random_layer(layer_class, seed, **variant)


def example(layer_class: str, seed: int = 0) -> tuple[dict[str, Any], dict, np.ndarray, np.ndarray]:
    """Configuration, weights, input and mask of a layer."""
    config: dict[str, Any] = {"return_sequences": True}
    if layer_class == "Activation":
        config["activation"] = "relu"
    weights = weights_of(layer_class, seed, config)
    rng = np.random.default_rng(seed + 100)
    inputs = 2 * rng.normal(size=(4, 7, 4))
    if layer_class == "LayerNormalization":
        inputs = 0.05 * inputs
    mask = np.arange(7) < np.array([[7], [5], [3], [1]])
    return config, weights, inputs, mask


@pytest.mark.parametrize(("hypothesis", "layer_class"), CASES, ids=lambda v: getattr(v, "name", v))
def test_every_variant_is_found(hypothesis, layer_class: str) -> None:
    config, weights, inputs, mask = example(layer_class)
    have = settings_of(layer_class, config, weights)
    assert have is not None
    output = run(layer_class, have, weights, inputs, mask)
    variants = list(hypothesis.variants(have))
    assert variants
    told = 0
    for detail, changed in variants:
        with np.errstate(over="ignore", invalid="ignore"):
            other = run(layer_class, changed, weights, inputs, mask)
        near = np.allclose(other, output, rtol=1e-4, atol=1e-4 * np.abs(output).max())
        if near or not np.isfinite(other).all() or np.abs(other).max() > 1e30:
            continue  # makes too little difference to be told, such as an epsilon; or diverges
        told += 1
        other = other.astype("float32")
        found = diagnose_output(layer_class, config, weights, output, other, inputs, mask=mask)
        assert found is not None, detail
        assert found.hypothesis == hypothesis.name
        assert detail in found.sentence
        assert "{" not in found.sentence
    assert told


@settings(max_examples=60, deadline=None)
@given(
    layer_class=st.sampled_from(sorted(KNOWN)),
    seed=st.integers(0, 2**32 - 200),
    scale=st.sampled_from([1.0, 1e-2, 1e-3]),
)
def test_an_unrelated_difference_is_not_explained(
    layer_class: str, seed: int, scale: float
) -> None:
    config, weights, inputs, mask = example(layer_class, seed)
    have = settings_of(layer_class, config, weights)
    assert have is not None
    output = run(layer_class, have, weights, inputs, mask)
    noise = np.random.default_rng(seed).normal(size=output.shape)
    other = output + scale * np.abs(output).max() * noise
    assert diagnose_output(layer_class, config, weights, output, other, inputs, mask=mask) is None


def test_nothing_is_claimed_of_a_layer_that_does_not_do_as_its_settings_say() -> None:
    config, weights, inputs, mask = example("GRU")
    have = settings_of("GRU", config, weights)
    assert have is not None
    output = run("GRU", have, weights, inputs, mask)
    unmasked = run("GRU", have, weights, inputs)
    assert diagnose_output("GRU", config, weights, output + 1, unmasked, inputs, mask=mask) is None


def test_settings_that_are_not_tried() -> None:
    weights = random_layer("GRU")
    assert settings_of("GRU", {"activation": {"class_name": "mine"}}, weights) is None
    assert settings_of("GRU", {"stateful": True}, weights) is None
    assert settings_of("Conv2D", {}, {}) is None
    with pytest.raises(WeightPortError, match="Received: 'Conv2D'"):
        diagnose_output("Conv2D", {}, {}, np.zeros(1), np.zeros(1), np.zeros(1))
