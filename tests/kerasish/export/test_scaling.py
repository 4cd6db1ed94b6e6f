"""Layers that scale, and architectures that hold them."""

import numpy as np

import kerasish
from kerasish import layers
from tests.kerasish.export.export_checker import check_export

rng = np.random.default_rng(2)


def test_scaling(tmp_path):
    pixels = kerasish.Input((None, 3), dtype="uint8")
    adapted, given = (
        layers.Normalization(),
        layers.Normalization(mean=[1.0, 2, 3], variance=[2.0, 1, 3]),
    )
    adapted.adapt(rng.normal(2, 3, (5, 4, 3)).astype("float32"))
    x = layers.Rescaling([0.1, 0.2, 0.3], offset=-1)(pixels)
    outputs = [
        adapted(layers.Rescaling(1 / 255)(pixels)),
        given(x),
        layers.Normalization(mean=1.0, variance=4.0, invert=True)(x),
    ]
    model = kerasish.Model(pixels, outputs)
    check_export(model, tmp_path, inputs=[rng.integers(0, 255, (2, 4, 3), "uint8")], random=False)


def test_reversible_embedding(tmp_path):
    tokens = kerasish.Input((None,), dtype="int32")
    tied = layers.ReversibleEmbedding(6, 4, mask_zero=True)
    apart = layers.ReversibleEmbedding(6, 4, tie_weights=False, logit_soft_cap=2.0)
    x = layers.LSTM(4, return_sequences=True)(tied(tokens))
    model = kerasish.Model(tokens, [tied(x, reverse=True), apart(apart(tokens), reverse=True)])
    check_export(model, tmp_path, inputs=[np.array([[1, 2, 0], [3, 0, 5]], "int32")])


def test_architecture(tmp_path):
    model = kerasish.applications.MobileNetV3Small(
        weights=None, include_top=False, alpha=0.25, input_shape=(32, 32, 3)
    )
    images = rng.uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    check_export(model, tmp_path, inputs=[images], random=False)


def test_layers_of_architectures(tmp_path):
    from kerasish.applications.convnext import LayerScale, StochasticDepth
    from kerasish.applications.inception_resnet_v2 import CustomScaleLayer

    inputs = kerasish.Input((4,))
    x = StochasticDepth(0.5)(LayerScale(0.1, 4)(inputs))
    check_export(kerasish.Model(inputs, CustomScaleLayer(0.3)([inputs, x])), tmp_path)
