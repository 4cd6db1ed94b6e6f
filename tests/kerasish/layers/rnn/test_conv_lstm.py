"""ConvLSTM layers times their arguments against Keras."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import check_layer

rng = np.random.default_rng(8)
MASK = np.array([[1, 0, 1], [0, 0, 0]], bool)
SHAPES = {1: (2, 3, 7, 2), 2: (2, 3, 6, 5, 2), 3: (2, 3, 4, 5, 3, 2)}
ARGUMENTS = [
    {"kernel_size": 3},
    {"kernel_size": 2, "padding": "same", "return_sequences": True, "return_state": True},
    {"kernel_size": 3, "strides": 2, "padding": "same"},
    {"kernel_size": 3, "strides": 2, "return_sequences": True},
    {"kernel_size": 2, "dilation_rate": 2, "padding": "same", "go_backwards": True},
    {"kernel_size": 3, "padding": "same", "use_bias": False, "activation": "relu"},
    {"kernel_size": 1, "recurrent_activation": "hard_sigmoid", "unit_forget_bias": False},
    {"kernel_size": 2, "kernel_regularizer": "l2", "recurrent_constraint": "max_norm", "seed": 2},
]


def maker(rank, arguments):
    return lambda n, **more: getattr(n.layers, f"ConvLSTM{rank}D")(3, **arguments, **more)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_layer(rank, arguments, dtype):
    plain = dtype == "float32"
    x = rng.normal(size=SHAPES[rank])
    check_layer(maker(rank, arguments), x, dtype=dtype, config=plain, copies=plain)


@pytest.mark.parametrize("arguments", ARGUMENTS[:3], ids=str)
@pytest.mark.parametrize("rank", [1, 2])
def test_mask(rank, arguments):
    x = rng.normal(size=SHAPES[rank])
    check_layer(maker(rank, arguments), x, call={"mask": MASK}, config=False, copies=False)


def test_initial_state():
    x = rng.normal(size=SHAPES[2])
    states = [rng.normal(size=(2, 4, 3, 3)) for _ in range(2)]
    arguments = {"kernel_size": 3, "return_state": True}
    check_layer(
        maker(2, arguments), x, call={"initial_state": states}, config=False, symbolic=False
    )


def test_channels_first_is_channels_last_moved():
    """TensorFlow has no kernel for channels first on the CPU."""
    x = torch.from_numpy(rng.normal(size=SHAPES[2])).float()
    last = kerasish.layers.ConvLSTM2D(3, 2, return_sequences=True, return_state=True)
    first = kerasish.layers.ConvLSTM2D(
        3, 2, return_sequences=True, return_state=True, data_format="channels_first"
    )
    expected = last(x)
    first(x.movedim(-1, 2))
    first.set_weights(last.get_weights())
    found = first(x.movedim(-1, 2))
    torch.testing.assert_close(found[0].movedim(2, -1), expected[0])
    torch.testing.assert_close(found[2].movedim(1, -1), expected[2])
    assert first.compute_output_shape((None, 3, 2, 6, 5))[0] == (None, 3, 3, 5, 4)


def test_stateful():
    x = rng.normal(size=SHAPES[1]).astype("float32")
    theirs = keras.layers.ConvLSTM1D(2, 3, stateful=True)
    ours = kerasish.layers.ConvLSTM1D(2, 3, stateful=True)
    theirs(x)
    ours(x)
    ours.set_weights(theirs.get_weights())
    for layer in (theirs, ours):
        layer.reset_state()
    for _ in range(3):
        np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-6)


def test_dropout_in_training():
    layer = kerasish.layers.ConvLSTM2D(3, 2, dropout=0.4, recurrent_dropout=0.3)
    x = torch.from_numpy(rng.normal(size=SHAPES[2])).float()
    assert torch.equal(layer(x), layer(x))
    outputs = torch.stack([layer(x, training=True) for _ in range(20)])
    assert not torch.equal(outputs[0], outputs[1])
    outputs.sum().backward()
    assert layer.input_conv.weight.grad.isfinite().all()


WRONG = {
    "space": (lambda n: n.layers.ConvLSTM1D(2, 3)(n.Input((3, None, 2))), "sizes of frames.*None"),
    "rank": (lambda n: n.layers.ConvLSTM2D(2, 3)(np.ones((2, 3, 4, 5))), "ndim=5.*ndim=4"),
    "kernel": (lambda n: n.layers.ConvLSTM2D(2, (3, 3, 3)), "2 of them as `kernel_size`"),
    "padding": (lambda n: n.layers.ConvLSTM2D(2, 3, padding="causal"), "`padding`.*causal"),
    "both": (lambda n: n.layers.ConvLSTM2D(2, 3, strides=2, dilation_rate=2), "dilation_rate"),
    "filters": (lambda n: n.layers.ConvLSTM2D(0, 3), "`filters`.*=0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(name):
    use, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        use(kerasish)
