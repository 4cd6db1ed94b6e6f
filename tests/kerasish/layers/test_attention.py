"""Attention without projections against Keras: scores, masks, causality."""

import numpy as np
import pytest

import kerasish
from tests.kerasish.layer_checker import check_layer

rng = np.random.default_rng(5)
QUERY, VALUE, KEY = (rng.normal(size=s) for s in ((2, 3, 4), (2, 5, 4), (2, 5, 4)))
MASKS = [rng.integers(0, 2, (2, 3)).astype(bool), np.array([[1, 0, 1, 1, 0], [0, 1, 1, 0, 0]]) > 0]
LAYERS = {
    "dot": lambda n, **k: n.layers.Attention(**k),
    "scale": lambda n, **k: n.layers.Attention(use_scale=True, **k),
    "concat": lambda n, **k: n.layers.Attention(True, score_mode="concat", **k),
    "additive": lambda n, **k: n.layers.AdditiveAttention(**k),
    "additive bare": lambda n, **k: n.layers.AdditiveAttention(False, **k),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    check_layer(LAYERS[name], [QUERY, VALUE], dtype=dtype)
    check_layer(LAYERS[name], [QUERY, VALUE, KEY], dtype=dtype, config=False)
    call = {"return_attention_scores": True, "use_causal_mask": True}
    check_layer(LAYERS[name], [QUERY, VALUE], dtype=dtype, call=call, config=False)
    check_layer(LAYERS[name], [QUERY, VALUE], dtype=dtype, input_masks=MASKS, config=False)


def test_refusals():
    with pytest.raises(ValueError, match="Received: score_mode='x'"):
        kerasish.layers.Attention(score_mode="x")
