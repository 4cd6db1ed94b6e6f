"""Models of Keras 1.2.2: configuration, arrays, inputs and outputs."""

import numpy as np

from tests.golden.old_configs import (
    bare_list,
    called,
    functional,
    keras1,
    keras1_dense,
    keras1_recurrent,
)
from tests.golden.old_layout import gru_by_gate, joined, lstm_by_gate
from tests.golden.reference import (
    GRU_GATES,
    LSTM_GATES,
    both_ways,
    convolve,
    gru,
    hard_sigmoid,
    lstm,
    random_gates,
    softmax,
)

MODELS = {}
SHAPE = {"batch_input_shape": [None, 5, 3], "input_dtype": "float32"}


def model(make):
    MODELS[make.__name__, "1.2.2"] = make
    return make


def dense(rng, name, features, units):
    w, b = rng.normal(0, 0.5, (features, units)), rng.normal(0, 0.5, units)
    w, b = w.astype("float32"), b.astype("float32")
    return {f"{name}_W:0": w, f"{name}_b:0": b}, lambda x: x @ w + b


def sequences(rng, time=5):
    return rng.normal(size=(4, time, 3)).astype("float32")


@model
def keras1_lstm(rng):
    p, x = random_gates(rng, LSTM_GATES, 3, 4), sequences(rng)
    arrays, apply = dense(rng, "dense_1", 4, 2)
    config = bare_list(
        keras1_recurrent("LSTM", "lstm_1", 4, **SHAPE), keras1_dense("dense_1", 2, "softmax")
    )
    weights = {"lstm_1": lstm_by_gate("lstm_1", p), "dense_1": arrays}
    return config, weights, [x], [softmax(apply(lstm(x, p, hard_sigmoid)[1]))]


@model
def keras1_lstm_one_matrix(rng):
    """With `consume_less="gpu"` the gates stand in one matrix, in Keras 2's order."""
    p, x = random_gates(rng, LSTM_GATES, 3, 4), sequences(rng)
    layer = keras1_recurrent("LSTM", "lstm_1", 4, sequences=True, less="gpu", **SHAPE)
    weights = {"lstm_1": {f"lstm_1_{k}:0": joined(p, k, LSTM_GATES) for k in ("W", "U", "b")}}
    return bare_list(layer), weights, [x], [lstm(x, p, hard_sigmoid)[0]]


@model
def keras1_gru_merged(rng):
    """Two inputs, joined by `Merge`, in a model of the functional kind."""
    p, x, y = random_gates(rng, GRU_GATES, 3, 4), sequences(rng), sequences(rng)[:, 0]
    arrays, apply = dense(rng, "dense_1", 7, 2)

    def start(name, shape):
        sparse = {"sparse": False, "batch_input_shape": [None, *shape], "input_dtype": "float32"}
        return called({"class_name": "InputLayer", "config": {"name": name, **sparse}})

    merge = {
        "mode": "concat",
        "mode_type": "raw",
        "concat_axis": -1,
        "dot_axes": -1,
        "output_shape": None,
        "output_shape_type": "raw",
        "output_mask": None,
        "output_mask_type": "raw",
        "arguments": {},
    }
    entries = [
        start("input_1", (5, 3)),
        start("input_2", (3,)),
        called(keras1_recurrent("GRU", "gru_1", 4), "input_1"),
        called({"class_name": "Merge", "config": {"name": "merge_1", **merge}}, "gru_1", "input_2"),
        called(keras1_dense("dense_1", 2, "tanh"), "merge_1"),
    ]
    for entry in entries:
        entry["inbound_nodes"] = [[one[:3] for one in call] for call in entry["inbound_nodes"]]
    config = functional("model_1", entries, ["input_1", "input_2"], [["dense_1", 0, 0]])
    empty = {"input_1": {}, "input_2": {}, "merge_1": {}}
    weights = {**empty, "gru_1": gru_by_gate("gru_1", p), "dense_1": arrays}
    joint = np.concatenate([gru(x, p, hard_sigmoid)[:, -1], y], -1)
    return config, weights, [x, y], [np.tanh(apply(joint))]


@model
def keras1_bidirectional(rng):
    ps = [random_gates(rng, LSTM_GATES, 3, 4) for _ in range(2)]
    x = sequences(rng)
    inner = keras1_recurrent("LSTM", "lstm_1", 4, sequences=True)
    layer = keras1("Bidirectional", "bidirectional_1", (5, 3), layer=inner, merge_mode="concat")
    names = ("forward_lstm_1", "backward_lstm_1")
    arrays = {
        key: one
        for name, p in zip(names, ps, strict=True)
        for key, one in lstm_by_gate(name, p).items()
    }
    both = both_ways(lambda x, p: lstm(x, p, hard_sigmoid)[0], x, *ps)
    return bare_list(layer), {"bidirectional_1": arrays}, [x], [np.concatenate(both, -1)]


@model
def keras1_embedding_masked(rng):
    p = random_gates(rng, GRU_GATES, 3, 4)
    table = rng.normal(size=(10, 3)).astype("float32")
    x = rng.integers(0, 10, (4, 5)).astype("float32")
    x[0, -2:] = 0
    embedding = keras1(
        "Embedding",
        "embedding_1",
        (5,),
        dtype="int32",
        input_dim=10,
        output_dim=3,
        init="uniform",
        input_length=5,
        mask_zero=True,
        dropout=0.0,
        **dict.fromkeys(("activity_regularizer", "W_regularizer", "W_constraint")),
    )
    config = bare_list(embedding, keras1_recurrent("GRU", "gru_1", 4))
    weights = {"embedding_1": {"embedding_1_W:0": table}, "gru_1": gru_by_gate("gru_1", p)}
    output = gru(table[x.astype(int)], p, hard_sigmoid, mask=x != 0)[:, -1]
    return config, weights, [x], [output]


@model
def keras1_convolution(rng):
    x = sequences(rng, 6)
    kernel = rng.normal(0, 0.5, (3, 3, 4)).astype("float32")
    bias = rng.normal(0, 0.5, 4).astype("float32")
    p = random_gates(rng, LSTM_GATES, 4, 2)
    none = ("W_regularizer", "b_regularizer", "activity_regularizer")
    convolution = keras1(
        "Convolution1D",
        "convolution1d_1",
        (6, 3),
        nb_filter=4,
        filter_length=3,
        init="glorot_uniform",
        activation="relu",
        border_mode="same",
        subsample_length=1,
        bias=True,
        input_dim=3,
        input_length=6,
        **dict.fromkeys((*none, "W_constraint", "b_constraint")),
    )
    pooling = keras1("MaxPooling1D", "maxpooling1d_1", stride=2, pool_length=2, border_mode="valid")
    config = bare_list(convolution, pooling, keras1_recurrent("LSTM", "lstm_1", 2))
    weights = {
        "convolution1d_1": {
            "convolution1d_1_W:0": kernel[:, None],
            "convolution1d_1_b:0": bias,
        },
        "maxpooling1d_1": {},
        "lstm_1": lstm_by_gate("lstm_1", p),
    }
    made = np.maximum(convolve(x, kernel, bias), 0)
    pooled = made.reshape(4, 3, 2, 4).max(2)
    return config, weights, [x], [lstm(pooled, p, hard_sigmoid)[1]]


@model
def keras1_batch_normalization(rng):
    x = sequences(rng)[:, 0]
    arrays, apply = dense(rng, "dense_1", 3, 4)
    names = ("gamma", "beta", "running_mean", "running_std")
    gamma, beta, mean, variance = (rng.uniform(0.5, 1.5, 4).astype("float32") for _ in names)
    normalization = keras1(
        "BatchNormalization",
        "batchnormalization_1",
        epsilon=0.001,
        mode=0,
        axis=-1,
        momentum=0.99,
        gamma_regularizer=None,
        beta_regularizer=None,
    )
    first = keras1_dense("dense_1", 4, batch_input_shape=[None, 3], input_dtype="float32")
    weights = {
        "dense_1": arrays,
        "batchnormalization_1": {
            f"batchnormalization_1_{name}:0": one
            for name, one in zip(names, (gamma, beta, mean, variance), strict=True)
        },
        "dropout_1": {},
    }
    config = bare_list(first, normalization, keras1("Dropout", "dropout_1", p=0.5))
    return config, weights, [x], [gamma * (apply(x) - mean) / np.sqrt(variance + 0.001) + beta]


@model
def keras1_merged_branches(rng):
    """Two Sequential models, joined by the first layer of another one."""
    p, q = random_gates(rng, LSTM_GATES, 3, 4), random_gates(rng, GRU_GATES, 2, 4)
    table = rng.normal(size=(10, 2)).astype("float32")
    x, words = sequences(rng), rng.integers(0, 10, (4, 5)).astype("float32")
    arrays, apply = dense(rng, "dense_1", 4, 2)
    embedding = keras1(
        *("Embedding", "embedding_1", (5,), "int32"),
        input_dim=10,
        output_dim=2,
        init="uniform",
        input_length=5,
        mask_zero=False,
        dropout=0.0,
        **dict.fromkeys(("activity_regularizer", "W_regularizer", "W_constraint")),
    )
    branches = [
        bare_list(keras1_recurrent("LSTM", "lstm_1", 4, **SHAPE)),
        bare_list(embedding, keras1_recurrent("GRU", "gru_1", 4)),
    ]
    merge = keras1(
        *("Merge", "merge_1"),
        mode="mul",
        mode_type="raw",
        concat_axis=-1,
        dot_axes=-1,
        output_shape=None,
        output_shape_type="raw",
        arguments={},
        layers=branches,
    )
    weights = {
        "lstm_1": lstm_by_gate("lstm_1", p),
        "embedding_1": {"embedding_1_W:0": table},
        "gru_1": gru_by_gate("gru_1", q),
        "merge_1": {},
        "dense_1": arrays,
    }
    left = lstm(x, p, hard_sigmoid)[1]
    right = gru(table[words.astype(int)], q, hard_sigmoid)[:, -1]
    config = bare_list(merge, keras1_dense("dense_1", 2))
    return config, weights, [x, words], [apply(left * right)]
