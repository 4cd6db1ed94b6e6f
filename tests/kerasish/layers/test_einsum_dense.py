"""`EinsumDense` against Keras."""

import keras
import numpy as np
import pytest

import kerasish
from tests.kerasish.layer_checker import check_layer

rng = np.random.default_rng(5)
LAYERS = {
    "plain": (("ab,bc->ac", 4), {"bias_axes": "c"}, (3, 5)),
    "heads": (("abc,cde->abde", (None, 2, 3)), {"bias_axes": "de"}, (2, 4, 5)),
    "join": (("abcd,cde->abe", (None, 3)), {"bias_axes": "e", "activation": "tanh"}, (2, 4, 2, 3)),
    "dots first": (("...x,xy->...y", 4), {"bias_axes": "y"}, (2, 3, 5)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    args, options, shape = LAYERS[name]
    check_layer(
        lambda n, **k: n.layers.EinsumDense(*args, **options, **k),
        rng.normal(size=shape),
        dtype=dtype,
        symbolic=False,
    )
    outputs = [
        n.layers.EinsumDense(*args, **options)(n.layers.Input(shape[1:])) for n in (keras, kerasish)
    ]
    assert tuple(outputs[0].shape) == tuple(outputs[1].shape)


@pytest.mark.parametrize("name", LAYERS)
def test_initial_weights_are_those_of_keras(name):
    args, options, shape = LAYERS[name]
    kernels = []
    for n in (keras, kerasish):
        n.utils.set_random_seed(4)
        layer = n.layers.EinsumDense(*args, **options)
        layer.build(shape)
        kernels.append(layer.get_weights()[0])
    np.testing.assert_allclose(*kernels, rtol=1e-5, atol=1e-7)


def test_refusals():
    with pytest.raises(ValueError, match="Received: equation='ab->c'"):
        kerasish.layers.EinsumDense("ab->c", 3)
