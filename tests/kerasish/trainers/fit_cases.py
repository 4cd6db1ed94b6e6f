"""Models that are made and trained alike on both sides."""

import numpy as np

RNG_SEED = 3


def data(shape, outputs, classes=None, count=50):
    rng = np.random.default_rng(RNG_SEED)
    x = rng.normal(size=(count, *shape)).astype("float32")
    if classes:
        return x, rng.integers(0, classes, count)
    return x, rng.normal(size=(count, outputs)).astype("float32")


def dense(n):
    return n.Sequential(
        [
            n.layers.Input((5,)),
            n.layers.Dense(8, "tanh", kernel_regularizer="l2"),
            n.layers.BatchNormalization(),
            n.layers.Dense(3, "softmax"),
        ]
    )


def dense_regression(n):
    return n.Sequential(
        [
            n.layers.Input((5,)),
            n.layers.Dense(6, "tanh", kernel_constraint="non_neg"),
            n.layers.Dense(2),
        ]
    )


def recurrent(n):
    return n.Sequential(
        [
            n.layers.Input((6, 3)),
            n.layers.Masking(),
            n.layers.LSTM(4, return_sequences=True),
            n.layers.Dense(2),
        ]
    )


def convolutional(n):
    return n.Sequential(
        [
            n.layers.Input((8, 8, 2)),
            n.layers.Conv2D(3, 3, activation="relu"),
            n.layers.MaxPooling2D(),
            n.layers.Flatten(),
            n.layers.Dense(3, "softmax"),
        ]
    )


def two_outputs(n):
    a, b = n.layers.Input((5,), name="a"), n.layers.Input((4,), name="b")
    h = n.layers.Concatenate()([n.layers.Dense(4, "tanh")(a), n.layers.Dense(3, "tanh")(b)])
    outputs = {"p": n.layers.Dense(2, name="p")(h), "q": n.layers.Dense(1, name="q")(h)}
    return n.Model({"a": a, "b": b}, outputs)


def pair(n_theirs, n_ours, make):
    theirs, ours = make(n_theirs), make(n_ours)
    rng = np.random.default_rng(11)
    weights = [
        rng.uniform(0.3, 0.9, w.shape) if "variance" in w.path else rng.normal(0, 0.4, w.shape)
        for w in theirs.weights
    ]
    weights = [w.astype(str(v.dtype)) for w, v in zip(weights, theirs.weights, strict=True)]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours
