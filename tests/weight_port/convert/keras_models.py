"""One small Keras model for each layer of the layout table, with random weights."""

import keras
import numpy as np
from keras import layers

SEQUENCE, IMAGE, VOLUME = (6, 5), (6, 6, 4), (5, 5, 5, 2)
FRAMES = {1: (3, 6, 2), 2: (3, 5, 5, 2), 3: (2, 4, 4, 4, 2)}


def _rnn(cell):
    return lambda: layers.RNN(cell())


# The class in the layout table, the shape of the input, and the layer.
MAKERS = {
    "Dense": (SEQUENCE, lambda: layers.Dense(3)),
    "Dense without bias": (SEQUENCE, lambda: layers.Dense(3, use_bias=False)),
    "EinsumDense": (SEQUENCE, lambda: layers.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d")),
    "Embedding": ((7,), lambda: layers.Embedding(9, 4)),
    "LSTM": (SEQUENCE, lambda: layers.LSTM(3)),
    "LSTM without bias": (SEQUENCE, lambda: layers.LSTM(3, use_bias=False)),
    "GRU": (SEQUENCE, lambda: layers.GRU(3)),
    "GRU before": (SEQUENCE, lambda: layers.GRU(3, reset_after=False)),
    "GRU without bias": (SEQUENCE, lambda: layers.GRU(3, use_bias=False)),
    "SimpleRNN": (SEQUENCE, lambda: layers.SimpleRNN(3)),
    "LSTMCell": (SEQUENCE, _rnn(lambda: layers.LSTMCell(3))),
    "GRUCell": (SEQUENCE, _rnn(lambda: layers.GRUCell(3))),
    "SimpleRNNCell": (SEQUENCE, _rnn(lambda: layers.SimpleRNNCell(3))),
    "stacked cells": (
        SEQUENCE,
        _rnn(lambda: layers.StackedRNNCells([layers.LSTMCell(3), layers.LSTMCell(3)])),
    ),
    "Bidirectional LSTM": (SEQUENCE, lambda: layers.Bidirectional(layers.LSTM(3))),
    "Bidirectional GRU": (SEQUENCE, lambda: layers.Bidirectional(layers.GRU(3))),
    "Bidirectional of two": (
        SEQUENCE,
        lambda: layers.Bidirectional(
            layers.LSTM(3), backward_layer=layers.LSTM(2, go_backwards=True, name="back")
        ),
    ),
    "TimeDistributed": (SEQUENCE, lambda: layers.TimeDistributed(layers.Dense(3))),
    "ConvLSTM1D": (FRAMES[1], lambda: layers.ConvLSTM1D(2, 3)),
    "ConvLSTM2D": (FRAMES[2], lambda: layers.ConvLSTM2D(2, 3)),
    "ConvLSTM3D": (FRAMES[3], lambda: layers.ConvLSTM3D(2, 3)),
    "Conv1D": (SEQUENCE, lambda: layers.Conv1D(4, 2)),
    "Conv2D": (IMAGE, lambda: layers.Conv2D(3, 2, groups=1)),
    "Conv3D": (VOLUME, lambda: layers.Conv3D(3, 2)),
    "Conv1DTranspose": (SEQUENCE, lambda: layers.Conv1DTranspose(4, 2)),
    "Conv2DTranspose": (IMAGE, lambda: layers.Conv2DTranspose(3, 2)),
    "Conv3DTranspose": (VOLUME, lambda: layers.Conv3DTranspose(3, 2)),
    "DepthwiseConv1D": (SEQUENCE, lambda: layers.DepthwiseConv1D(2, depth_multiplier=2)),
    "DepthwiseConv2D": (IMAGE, lambda: layers.DepthwiseConv2D(2, depth_multiplier=3)),
    "SeparableConv1D": (SEQUENCE, lambda: layers.SeparableConv1D(3, 2, depth_multiplier=2)),
    "SeparableConv2D": (IMAGE, lambda: layers.SeparableConv2D(3, 2)),
    "BatchNormalization": (SEQUENCE, layers.BatchNormalization),
    "BatchNormalization unscaled": (SEQUENCE, lambda: layers.BatchNormalization(scale=False)),
    "LayerNormalization": (SEQUENCE, layers.LayerNormalization),
    "LayerNormalization uncentered": (SEQUENCE, lambda: layers.LayerNormalization(center=False)),
    "GroupNormalization": (IMAGE, lambda: layers.GroupNormalization(2)),
    "RMSNormalization": (SEQUENCE, layers.RMSNormalization),
    "PReLU": (SEQUENCE, layers.PReLU),
    "PReLU shared": (IMAGE, lambda: layers.PReLU(shared_axes=[1, 2])),
    "AdditiveAttention": (SEQUENCE, layers.AdditiveAttention),
    "Attention": (SEQUENCE, lambda: layers.Attention(use_scale=True)),
    "MultiHeadAttention": (SEQUENCE, lambda: layers.MultiHeadAttention(2, 3)),
    "MultiHeadAttention gated": (
        SEQUENCE,
        lambda: layers.MultiHeadAttention(2, 3, use_gate=True),
    ),
    "GroupQueryAttention": (SEQUENCE, lambda: layers.GroupQueryAttention(3, 4, 2)),
    "GroupQueryAttention gated": (
        SEQUENCE,
        lambda: layers.GroupQueryAttention(3, 4, 2, use_gate=True, use_bias=False),
    ),
    "frozen": (SEQUENCE, lambda: layers.LSTM(3, trainable=False)),
    "of one's own names": (SEQUENCE, lambda: layers.LSTM(3, name="my.layer_1")),
}


def model_of(name, seed=0):
    """A built model around one layer, and its weights."""
    keras.utils.clear_session()
    shape, make = MAKERS[name]
    inputs = keras.Input(shape)
    layer = make()
    if name in ("AdditiveAttention", "Attention"):
        outputs = layer([inputs, inputs])
    elif name.startswith(("MultiHeadAttention", "GroupQueryAttention")):
        outputs = layer(inputs, inputs)
    else:
        outputs = layer(inputs)
    model = keras.Model(inputs, layers.Activation("tanh")(outputs), name="model")
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape).astype(str(w.dtype)) for w in model.weights])
    return model


def nested_model():
    """Layers in models in models, one frozen, of all kinds of wrappers."""
    keras.utils.clear_session()
    inner = keras.Sequential(
        [
            keras.Input((6, 5)),
            layers.Dense(4, trainable=False, name="frozen"),
            layers.BatchNormalization(),
            layers.Bidirectional(layers.GRU(3, return_sequences=True)),
        ],
        name="inner",
    )
    inputs = keras.Input((6, 5))
    x = layers.TimeDistributed(layers.Dense(5))(inputs)
    x = inner(x)
    middle_in = keras.Input((6, 6))
    middle = keras.Model(
        middle_in, layers.LSTM(2, return_sequences=True)(layers.Dense(3)(middle_in)), name="middle"
    )
    x = layers.Concatenate()([middle(x), x])
    model = keras.Model(inputs, layers.GRU(4, reset_after=False)(x), name="outer")
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape).astype(str(w.dtype)) for w in model.weights])
    return model
