"""Layers and models whose numbers after `set_random_seed` are compared with real Keras's."""

import numpy as np

# By a name: the shape of one sample, and how the layer is made of a library's `layers`.
LAYERS = {
    "Dense": ((5,), lambda n: n.Dense(3)),
    "Dense of all kinds": (
        (5,),
        lambda n: n.Dense(4, "relu", kernel_initializer="he_normal", bias_initializer="normal"),
    ),
    "EinsumDense": ((4, 5), lambda n: n.EinsumDense("abc,cd->abd", (4, 3), bias_axes="d")),
    "Embedding": ((6,), lambda n: n.Embedding(7, 3)),
    "Conv1D": ((8, 3), lambda n: n.Conv1D(4, 3)),
    "Conv2D": ((7, 7, 2), lambda n: n.Conv2D(3, 2, kernel_initializer="orthogonal")),
    "Conv3D": ((5, 5, 5, 2), lambda n: n.Conv3D(2, 2)),
    "Conv1DTranspose": ((8, 3), lambda n: n.Conv1DTranspose(4, 3)),
    "Conv2DTranspose": ((6, 6, 2), lambda n: n.Conv2DTranspose(3, 2, strides=2)),
    "Conv3DTranspose": ((4, 4, 4, 2), lambda n: n.Conv3DTranspose(2, 2)),
    "DepthwiseConv1D": ((8, 3), lambda n: n.DepthwiseConv1D(3, depth_multiplier=2)),
    "DepthwiseConv2D": ((7, 7, 2), lambda n: n.DepthwiseConv2D(3)),
    "SeparableConv1D": ((8, 3), lambda n: n.SeparableConv1D(4, 3)),
    "SeparableConv2D": ((7, 7, 2), lambda n: n.SeparableConv2D(4, 3)),
    "BatchNormalization": ((5,), lambda n: n.BatchNormalization(gamma_initializer="uniform")),
    "LayerNormalization": ((5,), lambda n: n.LayerNormalization(beta_initializer="normal")),
    "GroupNormalization": ((6, 4), lambda n: n.GroupNormalization(2)),
    "RMSNormalization": ((5,), lambda n: n.RMSNormalization()),
    "SpectralNormalization": ((5,), lambda n: n.SpectralNormalization(n.Dense(3))),
    "PReLU": ((5,), lambda n: n.PReLU("glorot_normal")),
    "Dropout": ((4, 5), lambda n: n.Dropout(0.3)),
    "Dropout of a shape": ((4, 5), lambda n: n.Dropout(0.3, noise_shape=(None, 1, 5))),
    "SpatialDropout1D": ((4, 5), lambda n: n.SpatialDropout1D(0.4)),
    "SpatialDropout2D": ((4, 4, 5), lambda n: n.SpatialDropout2D(0.4)),
    "SpatialDropout3D": (
        (5, 3, 3, 3),
        lambda n: n.SpatialDropout3D(0.4, data_format="channels_first"),
    ),
    "AlphaDropout": ((4, 5), lambda n: n.AlphaDropout(0.3)),
    "GaussianDropout": ((4, 5), lambda n: n.GaussianDropout(0.3)),
    "GaussianNoise": ((4, 5), lambda n: n.GaussianNoise(0.3)),
    "SimpleRNN": ((6, 4), lambda n: n.SimpleRNN(3, dropout=0.2, recurrent_dropout=0.3)),
    "LSTM": ((6, 4), lambda n: n.LSTM(3, dropout=0.2, return_sequences=True)),
    "LSTM by gates": ((6, 4), lambda n: n.LSTM(3, dropout=0.2, recurrent_dropout=0.3)),
    "LSTM of all kinds": (
        (6, 4),
        lambda n: n.LSTM(
            3,
            kernel_initializer="normal",
            recurrent_initializer="uniform",
            bias_initializer="normal",
        ),
    ),
    "GRU": ((6, 4), lambda n: n.GRU(3, dropout=0.2, go_backwards=True)),
    "GRU by gates": (
        (6, 4),
        lambda n: n.GRU(3, dropout=0.2, recurrent_dropout=0.3, reset_after=False),
    ),
    "ConvLSTM1D": ((3, 6, 2), lambda n: n.ConvLSTM1D(2, 3, dropout=0.2)),
    "ConvLSTM2D": ((3, 5, 5, 2), lambda n: n.ConvLSTM2D(2, 2, recurrent_dropout=0.3)),
    "ConvLSTM3D": ((2, 4, 4, 4, 1), lambda n: n.ConvLSTM3D(2, 2)),
    "RNN of a cell": ((6, 4), lambda n: n.RNN(n.GRUCell(3, dropout=0.3))),
    "RNN of cells": (
        (6, 4),
        lambda n: n.RNN(
            [
                n.LSTMCell(3, dropout=0.2),
                n.SimpleRNNCell(2, recurrent_dropout=0.3),
                n.StackedRNNCells([n.GRUCell(2, dropout=0.3, recurrent_dropout=0.2)]),
            ]
        ),
    ),
    "Bidirectional": (
        (6, 4),
        lambda n: n.Bidirectional(n.LSTM(3, dropout=0.2, return_sequences=True)),
    ),
    "Bidirectional of two": (
        (6, 4),
        lambda n: n.Bidirectional(
            n.GRU(3, recurrent_dropout=0.2), backward_layer=n.GRU(3, go_backwards=True, dropout=0.3)
        ),
    ),
    "ReversibleEmbedding": ((6,), lambda n: n.ReversibleEmbedding(7, 3, tie_weights=False)),
    "RandomFlip": ((6, 5, 3), lambda n: n.RandomFlip()),
    "RandomCrop": ((6, 5, 3), lambda n: n.RandomCrop(4, 3)),
    "RandomRotation": ((6, 5, 3), lambda n: n.RandomRotation(0.3)),
    "RandomZoom": ((6, 5, 3), lambda n: n.RandomZoom(0.3)),
    "RandomTranslation": ((6, 5, 3), lambda n: n.RandomTranslation(0.3, 0.2)),
    "RandomContrast": ((6, 5, 3), lambda n: n.RandomContrast(0.3)),
    "RandomBrightness": ((6, 5, 3), lambda n: n.RandomBrightness(0.3)),
    "RandomErasing": ((6, 5, 3), lambda n: n.RandomErasing()),
    "TimeDistributed": ((4, 5), lambda n: n.TimeDistributed(n.Dense(3))),
    "TimeDistributed noise": ((4, 5), lambda n: n.TimeDistributed(n.GaussianNoise(0.3))),
    "TimeDistributed moments": ((4, 5), lambda n: n.TimeDistributed(n.BatchNormalization())),
    "TimeDistributed recurrent": (
        (3, 5, 2),
        lambda n: n.TimeDistributed(n.LSTM(3, dropout=0.3)),
    ),
}


def _mixed(n):
    layers = n.layers
    inputs = n.Input((6, 4))
    x = layers.MultiHeadAttention(2, 3, dropout=0.2)(inputs, inputs)
    x = layers.Add()([inputs, layers.Dropout(0.1)(x)])
    x = layers.LayerNormalization()(x)
    x = layers.AdditiveAttention(dropout=0.2)([x, inputs])
    x = layers.Attention(dropout=0.3, use_scale=True)([x, inputs])
    return n.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(x)))


def _dense(n):
    layers = n.layers
    stack = [n.Input((5,)), layers.Dense(8, "relu"), layers.Dropout(0.3)]
    stack += [layers.BatchNormalization(), layers.GaussianNoise(0.1)]
    stack += [layers.Dense(6, "selu", kernel_initializer="lecun_normal"), layers.AlphaDropout(0.2)]
    return n.Sequential([*stack, layers.GaussianDropout(0.2), layers.Dense(1)])


def _recurrent(n):
    layers = n.layers
    stack = [n.Input((6, 4)), layers.SpatialDropout1D(0.2)]
    stack += [layers.LSTM(5, dropout=0.2, recurrent_dropout=0.3, return_sequences=True)]
    return n.Sequential([*stack, layers.Bidirectional(layers.GRU(3, dropout=0.2)), layers.Dense(1)])


def _images(n):
    layers = n.layers
    stack = [n.Input((8, 8, 2)), layers.Conv2D(4, 3, activation="relu")]
    stack += [layers.SpatialDropout2D(0.3), layers.SeparableConv2D(3, 2), layers.MaxPooling2D()]
    return n.Sequential([*stack, layers.Flatten(), layers.Dropout(0.5), layers.Dense(1)])


# By a name: the shape of one sample, and how the model is made of a library.
MODELS = {
    "dense": ((5,), _dense),
    "recurrent": ((6, 4), _recurrent),
    "images": ((8, 8, 2), _images),
    "mixed": ((6, 4), _mixed),
}


def samples(name, shape, count):
    """Random inputs; integers for an embedding."""
    rng = np.random.default_rng(0)
    if "Embedding" in name:
        return rng.integers(0, 7, (count, *shape))
    return rng.normal(size=(count, *shape)).astype("float32")
