"""Random models of sequences and of images, of layers that have to go together when ejected."""

from __future__ import annotations

import random
from typing import Any

import kerasish
from kerasish import layers


def random_model(seed: int) -> Any:
    """Make a model; the same one for the same seed."""
    rng = random.Random(seed)
    return _sequence_model(rng) if rng.random() < 0.6 else _image_model(rng)


def _sequence_model(rng: random.Random) -> Any:
    tokens = kerasish.Input((None,), dtype="int32")
    x = layers.Embedding(9, 4, mask_zero=rng.random() < 0.7)(tokens)
    inputs, kept = [tokens], []
    if rng.random() < 0.3:
        inputs.append(kerasish.Input((None, 4)))
        kind = rng.choice([layers.Add, layers.Concatenate, layers.Multiply])
        x = kind()([x, inputs[1]])
    for _ in range(rng.randint(1, 6)):
        if rng.random() < 0.25:
            x = _repeated(rng, x)
        x = _sequence_layer(rng, x)
        if rng.random() < 0.15:
            kept.append(x)
    ends = (
        lambda: x[:, -1],
        lambda: layers.LSTM(3)(x),
        lambda: layers.GlobalAveragePooling1D()(x),
        lambda: layers.Bidirectional(layers.LSTM(3, return_state=True))(x),
        lambda: layers.GRU(3, return_sequences=True, return_state=True)(x),
        lambda: x,
    )
    made = rng.choice(ends)()
    outputs = [*(made if isinstance(made, (list, tuple)) else [made]), *kept]
    return kerasish.Model(inputs, outputs if len(outputs) > 1 else outputs[0])


def _repeated(rng: random.Random, x: Any) -> Any:
    kind, size = rng.choice(["dense", "lstm", "both", "residual", "convolution"]), x.shape[-1]
    for _ in range(rng.choice([2, 3, 4])):
        if kind == "dense":
            x = layers.Dense(size, activation="relu")(x)
        elif kind == "lstm":
            x = layers.LSTM(size, return_sequences=True)(x)
        elif kind == "both":
            x = layers.Bidirectional(layers.GRU(3, return_sequences=True))(x)
        elif kind == "residual":
            y = layers.Dropout(0.1)(layers.Dense(2 * size, activation="relu")(x))
            x = layers.LayerNormalization()(layers.Add()([x, layers.Dense(size)(y)]))
        else:
            y = layers.Conv1D(size, 3, padding="same", activation="relu")(x)
            x = layers.Add()([x, layers.BatchNormalization()(y)])
    return x


def _sequence_layer(rng: random.Random, x: Any) -> Any:
    units, choose = rng.choice([3, 4]), rng.choice
    recurrent = choose([layers.LSTM, layers.GRU, layers.SimpleRNN])
    options = {
        "activation": choose(["tanh", "tanh", "relu", "softsign"]),
        "go_backwards": rng.random() < 0.15,
        "use_bias": rng.random() < 0.8,
        "dropout": choose([0.0, 0.2]),
        "zero_output_for_mask": rng.random() < 0.1,
    }
    mode = choose(["concat", "sum", "ave", "mul"])
    kinds = (
        lambda: recurrent(units, return_sequences=True, **options)(x),
        lambda: layers.Bidirectional(recurrent(units, return_sequences=True), merge_mode=mode)(x),
        lambda: layers.TimeDistributed(layers.Dense(units, activation="relu"))(x),
        lambda: layers.Dense(units, activation=choose([None, "relu", "softmax"]))(x),
        lambda: layers.SpatialDropout1D(0.2)(layers.Dropout(0.3)(x)),
        lambda: choose([layers.LayerNormalization, layers.BatchNormalization])()(x),
        lambda: layers.Conv1D(units, choose([1, 2, 3]), padding=choose(["same", "causal"]))(x),
        lambda: layers.Activation(choose(["tanh", "gelu", "hard_sigmoid"]))(x),
        lambda: layers.Add()([x, layers.Dense(x.shape[-1], activation="relu")(x)]),
        lambda: layers.Concatenate()([x, x]),
        lambda: layers.GaussianNoise(0.1)(x * 0.5 + 1.0),
    )
    return choose(kinds)()


def _image_model(rng: random.Random) -> Any:
    x = inputs = kerasish.Input((rng.choice([6, 7]), rng.choice([6, 8]), 3))
    kept = []
    for _ in range(rng.randint(1, 7)):
        if rng.random() < 0.2:
            for _ in range(rng.choice([2, 3])):
                y = layers.Conv2D(x.shape[-1], 3, padding="same", activation="relu")(x)
                x = layers.Add()([x, layers.BatchNormalization()(y)])
        x = _image_layer(rng, x)
        if rng.random() < 0.15:
            kept.append(x)
    flat = rng.choice([layers.Flatten, layers.GlobalMaxPooling2D, layers.Identity])
    x = layers.Dense(2)(flat()(x))
    return kerasish.Model(inputs, [x, *kept] if kept else x)


def _image_layer(rng: random.Random, x: Any) -> Any:
    choose, small = rng.choice, max(x.shape[1:3]) < 9
    filters, kernel, channels = choose([3, 4]), choose([1, 2, 3, (2, 3)]), x.shape[-1]
    activation, stride = choose([None, "relu", "softmax"]), choose([1, 1, 2])
    window = {"pool_size": choose([2, 3]), "strides": choose([None, 1, 2]), "padding": "same"}
    kinds = [
        lambda: layers.Conv2D(filters, kernel, stride, "same", activation=activation)(x),
        lambda: layers.DepthwiseConv2D(3, stride, padding="same")(x),
        lambda: layers.SeparableConv2D(filters, 3, padding="same")(x),
        lambda: layers.MaxPooling2D(**window)(x),
        lambda: layers.AveragePooling2D(**window)(x),
        lambda: layers.ReLU()(layers.BatchNormalization()(x)),
        lambda: layers.PReLU(shared_axes=[1, 2])(x),
        lambda: layers.ZeroPadding2D(((1, 0), (0, 2)))(x),
        lambda: layers.Add()([x, layers.Conv2D(channels, 3, padding="same")(x)]),
        lambda: layers.SpatialDropout2D(0.2)(x),
        lambda: layers.Concatenate(axis=choose([-1, 1]))([x, layers.Activation("relu")(x)]),
        lambda: layers.GroupNormalization(-1)(x),
        lambda: layers.Permute((2, 1, 3))(layers.Dense(filters)(x)),
        lambda: layers.Multiply()(
            [x, layers.Dense(channels)(layers.GlobalAveragePooling2D(keepdims=True)(x))]
        ),
    ]
    if small:
        kinds += [
            lambda: layers.UpSampling2D(2, interpolation=choose(["nearest", "bilinear"]))(x),
            lambda: layers.Conv2DTranspose(filters, choose([2, 3]), stride, padding="same")(x),
        ]
    return choose(kinds)()
