"""Convolutions and pooling of any settings against Keras: values, gradients, shapes, refusals.

TensorFlow has no kernels for channels first on the CPU, so Keras's layer has them last always.
"""

import keras
import numpy as np
import tensorflow as tf
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kerasish
from tests.kerasish.layer_checker import assert_close

CONVOLUTIONS = ["Conv", "ConvTranspose", "DepthwiseConv", "SeparableConv"]
POOLINGS = ["MaxPooling", "AveragePooling"]


@st.composite
def cases(draw):
    """A layer's name and arguments, the shape of its inputs, and whether channels come first."""
    kind = draw(st.sampled_from(CONVOLUTIONS + POOLINGS))
    # TensorFlow has no MaxPooling3D of float64.
    flat = kind in ("DepthwiseConv", "SeparableConv", "MaxPooling")
    rank = draw(st.integers(1, 2 if flat else 3))
    first = draw(st.booleans())

    def sizes(largest):
        return tuple(draw(st.lists(st.integers(1, largest), min_size=rank, max_size=rank)))

    options = {"padding": draw(st.sampled_from(["valid", "same"]))}
    channels = draw(st.integers(1, 4))
    if kind in POOLINGS:
        options |= {"pool_size": sizes(4), "strides": draw(st.none() | st.just(sizes(3)))}
    else:
        options |= {"kernel_size": sizes(4), "use_bias": draw(st.booleans())}
        if draw(st.booleans()):
            # TensorFlow's depthwise convolution takes the same stride for all axes.
            same = kind in ("DepthwiseConv", "SeparableConv")
            strides = (draw(st.integers(1, 3)),) * rank if same else sizes(3)
            options["strides"] = strides
        elif kind != "ConvTranspose":
            options["dilation_rate"] = (draw(st.integers(1, 3)),) * rank
        if kind == "Conv" and rank == 1 and not first and draw(st.booleans()):
            options["padding"] = "causal"
        if kind in ("DepthwiseConv", "SeparableConv"):
            options["depth_multiplier"] = draw(st.integers(1, 2))
        if kind != "DepthwiseConv":
            options["filters"] = draw(st.integers(1, 4))
        if kind == "Conv":
            groups = draw(st.integers(1, 2))
            channels, options["filters"] = channels * groups, options["filters"] * groups
            options["groups"] = groups
    name = f"Conv{rank}DTranspose" if kind == "ConvTranspose" else f"{kind}{rank}D"
    space = tuple(draw(st.lists(st.integers(2, 7), min_size=rank, max_size=rank)))
    return name, options, (2, *space, channels), first


def moved(shape, first):
    """A shape with the channels where they are wanted."""
    return (shape[0], shape[-1], *shape[1:-1]) if first else tuple(shape)


def made(n, name, options, shape):
    """The built layer, or None where it is refused for these inputs."""
    layer = getattr(n.layers, name)(**options, dtype="float64", name="layer")
    try:
        layer.build(shape)
        layer.compute_output_shape(shape)
    except ValueError:
        return None
    return layer


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(cases())
def test_any_settings(case):
    name, options, shape, first = case
    data_format = {"data_format": "channels_first" if first else "channels_last"}
    theirs = made(keras, name, options, shape)
    ours = made(kerasish, name, options | data_format, moved(shape, first))
    assert (theirs is None) == (ours is None)
    if theirs is None:
        return
    rng = np.random.default_rng(4)
    weights = [rng.normal(size=w.shape) for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    x = rng.normal(size=shape)
    keras_x, torch_x = tf.constant(x), torch.tensor(x, requires_grad=True)
    with tf.GradientTape() as tape:
        tape.watch(keras_x)
        expected = theirs(keras_x)
        loss = tf.reduce_sum(tf.sin(expected))
    found = ours(torch_x.movedim(-1, 1) if first else torch_x)
    found.sin().sum().backward()
    assert_close(found.movedim(1, -1) if first else found, expected, "float64", "output")
    sources = [keras_x, *(w.value for w in theirs.trainable_weights)]
    of_inputs, *rest = tape.gradient(loss, sources)
    assert_close(torch_x.grad, of_inputs, "float64", "gradient of the inputs")
    for variable, gradient in zip(ours.trainable_weights, rest, strict=True):
        assert_close(variable._owner._read_gradient(variable._spec), gradient, "float64", "weight")
    unknown = (None, *(None for _ in shape[1:-1]), shape[-1])
    for known in (shape, unknown):
        given_shape = ours.compute_output_shape(moved(known, first))
        assert given_shape == moved(theirs.compute_output_shape(known), first)
