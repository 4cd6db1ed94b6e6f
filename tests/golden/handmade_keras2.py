"""Models of Keras 2.0 to 2.3: configuration, arrays, inputs and outputs."""

import numpy as np

from tests.golden.old_configs import (
    bare_list,
    called,
    functional,
    keras2,
    keras2_dense,
    keras2_input,
    keras2_recurrent,
    wrapper,
)
from tests.golden.old_layout import cudnn, recurrent, summed
from tests.golden.reference import (
    GRU_GATES,
    LSTM_GATES,
    both_ways,
    gru,
    hard_sigmoid,
    lstm,
    random_gates,
    softmax,
)

MODELS = {}
SHAPE = {"batch_input_shape": [None, 5, 3], "dtype": "float32"}


def model(version):
    def register(make):
        MODELS[make.__name__, version] = make
        return make

    return register


def dense(rng, name, features, units):
    w, b = rng.normal(0, 0.5, (features, units)), rng.normal(0, 0.5, units)
    w, b = w.astype("float32"), b.astype("float32")
    return {f"{name}/kernel:0": w, f"{name}/bias:0": b}, lambda x: x @ w + b


def sequences(rng, time=5):
    return rng.normal(size=(4, time, 3)).astype("float32")


@model("2.2.4")
def keras2_lstm(rng):
    p, x = random_gates(rng, LSTM_GATES, 3, 4), sequences(rng)
    arrays, apply = dense(rng, "dense_1", 4, 2)
    config = bare_list(
        keras2_recurrent("LSTM", "lstm_1", 4, **SHAPE), keras2_dense("dense_1", 2, "softmax")
    )
    weights = {"lstm_1": recurrent("lstm_1", p, LSTM_GATES), "dense_1": arrays}
    return config, weights, [x], [softmax(apply(lstm(x, p, hard_sigmoid)[1]))]


@model("2.2.4")
def keras2_gru_reset_before(rng):
    p, x = random_gates(rng, GRU_GATES, 3, 4), sequences(rng)
    layer = keras2_recurrent("GRU", "gru_1", 4, sequences=True, reset_after=False, **SHAPE)
    config = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": [layer]}}
    weights = {"gru_1": recurrent("gru_1", p, GRU_GATES)}
    return config, weights, [x], [gru(x, p, hard_sigmoid)]


@model("2.0.8")
def keras2_gru_before_reset_after(rng):
    """A GRU of the time when there was no `reset_after`."""
    p, x = random_gates(rng, GRU_GATES, 3, 4), sequences(rng)
    config = bare_list(keras2_recurrent("GRU", "gru_1", 4, gate="sigmoid", **SHAPE))
    return config, {"gru_1": recurrent("gru_1", p, GRU_GATES)}, [x], [gru(x, p)[:, -1]]


@model("2.2.4")
def keras2_gru_reset_after(rng):
    p, x = random_gates(rng, GRU_GATES, 3, 4, state_bias=True), sequences(rng)
    config = bare_list(
        keras2_recurrent("GRU", "gru_1", 4, gate="sigmoid", reset_after=True, **SHAPE)
    )
    return config, {"gru_1": recurrent("gru_1", p, GRU_GATES)}, [x], [gru(x, p)[:, -1]]


@model("2.1.6")
def keras2_cudnn_lstm(rng):
    p, x = random_gates(rng, LSTM_GATES, 3, 4, state_bias=True), sequences(rng)
    arrays, apply = dense(rng, "dense_1", 4, 2)
    layer = keras2_recurrent("CuDNNLSTM", "cu_dnnlstm_1", 4, **SHAPE)
    weights = {"cu_dnnlstm_1": cudnn("cu_dnnlstm_1", p, LSTM_GATES), "dense_1": arrays}
    config = bare_list(layer, keras2_dense("dense_1", 2))
    return config, weights, [x], [apply(lstm(x, summed(p))[1])]


@model("2.1.6")
def keras2_cudnn_gru(rng):
    p, x = random_gates(rng, GRU_GATES, 3, 4, state_bias=True), sequences(rng)
    layer = keras2_recurrent("CuDNNGRU", "cu_dnngru_1", 4, sequences=True, **SHAPE)
    weights = {"cu_dnngru_1": cudnn("cu_dnngru_1", p, GRU_GATES)}
    return bare_list(layer), weights, [x], [gru(x, p)]


def bidirectional(rng, class_name, name, gates, store, run, merge_mode, **more):
    """A `Bidirectional` layer on sequences: configuration, arrays, input, both outputs."""
    ps = [random_gates(rng, gates, 3, 4, state_bias=store is cudnn) for _ in range(2)]
    x = sequences(rng)
    inner = keras2_recurrent(class_name, name, 4, sequences=True, **more)
    layer = wrapper("Bidirectional", "bidirectional_1", inner, (5, 3), merge_mode=merge_mode)
    arrays = {}
    for way, p in zip(("forward", "backward"), ps, strict=True):
        arrays |= store(f"bidirectional_1/{way}_{name}", p, gates)
    return layer, {"bidirectional_1": arrays}, x, both_ways(run, x, *ps)


@model("2.2.4")
def keras2_bidirectional_cudnn_lstm(rng):
    layer, weights, x, both = bidirectional(
        *(rng, "CuDNNLSTM", "cu_dnnlstm_1", LSTM_GATES, cudnn),
        lambda x, p: lstm(x, summed(p))[0],
        "concat",
    )
    return bare_list(layer), weights, [x], [np.concatenate(both, -1)]


@model("2.2.4")
def keras2_bidirectional_cudnn_gru(rng):
    layer, weights, x, both = bidirectional(
        rng, "CuDNNGRU", "cu_dnngru_1", GRU_GATES, cudnn, gru, "sum"
    )
    return bare_list(layer), weights, [x], [both[0] + both[1]]


@model("2.3.1")
def keras23_bidirectional_lstm(rng):
    layer, weights, x, both = bidirectional(
        *(rng, "LSTM", "lstm_1", LSTM_GATES, recurrent),
        lambda x, p: lstm(x, p)[0],
        "ave",
        gate="sigmoid",
        implementation=2,
    )
    inner = {"name": "sequential_1", "layers": [layer], "build_input_shape": [None, 5, 3]}
    config = {"class_name": "Sequential", "config": inner}
    return config, weights, [x], [(both[0] + both[1]) / 2]


@model("2.1.6")
def keras2_encoder_decoder(rng):
    """The decoder's initial states stand among its inputs."""
    p, q = random_gates(rng, LSTM_GATES, 3, 4), random_gates(rng, LSTM_GATES, 3, 4)
    x, y = sequences(rng), sequences(rng, 4)
    arrays, apply = dense(rng, "time_distributed_1", 4, 2)
    encoder = keras2_recurrent("LSTM", "lstm_1", 4, return_state=True)
    decoder = keras2_recurrent("LSTM", "lstm_2", 4, sequences=True)
    head = wrapper("TimeDistributed", "time_distributed_1", keras2_dense("dense_1", 2, "softmax"))
    entries = [
        keras2_input("input_1", (5, 3)),
        keras2_input("input_2", (4, 3)),
        called(encoder, "input_1"),
        called(decoder, "input_2", ["lstm_1", 0, 1], ["lstm_1", 0, 2]),
        called(head, "lstm_2"),
    ]
    ends = [["time_distributed_1", 0, 0]]
    config = functional("model_1", entries, ["input_1", "input_2"], ends)
    weights = {
        "input_1": {},
        "lstm_1": recurrent("lstm_1", p, LSTM_GATES),
        "input_2": {},
        "lstm_2": recurrent("lstm_2", q, LSTM_GATES),
        "time_distributed_1": arrays,
    }
    states = lstm(x, p, hard_sigmoid)[1:]
    outputs = lstm(y, q, hard_sigmoid, states=states)[0]
    return config, weights, [x, y], [softmax(apply(outputs))]


@model("2.2.4")
def keras2_nested_sequential(rng):
    """A Sequential model, stored as a list, that is called twice in another model."""
    p, x, y = random_gates(rng, LSTM_GATES, 3, 4), sequences(rng), sequences(rng)
    arrays, apply = dense(rng, "dense_1", 4, 2)
    layers = bare_list(
        keras2_recurrent("LSTM", "lstm_1", 4, **SHAPE), keras2_dense("dense_1", 2, "tanh")
    )
    nested = {"name": "sequential_1", **layers, "inbound_nodes": []}
    nested["inbound_nodes"] = [[["input_1", 0, 0, {}]], [["input_2", 0, 0, {}]]]
    difference = keras2("Subtract", "subtract_1")
    entries = [
        keras2_input("input_1", (5, 3)),
        keras2_input("input_2", (5, 3)),
        nested,
        called(difference, ["sequential_1", 1, 0], ["sequential_1", 2, 0]),
    ]
    config = functional("model_1", entries, ["input_1", "input_2"], [["subtract_1", 0, 0]])
    inner = {**recurrent("lstm_1", p, LSTM_GATES), **arrays}
    weights = {"input_1": {}, "input_2": {}, "sequential_1": inner, "subtract_1": {}}

    def run(x):
        return np.tanh(apply(lstm(x, p, hard_sigmoid)[1]))

    return config, weights, [x, y], [run(x) - run(y)]


@model("2.2.4")
def keras2_masking(rng):
    p, x = random_gates(rng, GRU_GATES, 3, 4), sequences(rng)
    x[0, 3:] = x[1, 0] = x[2, 2] = 0
    config = bare_list(
        keras2("Masking", "masking_1", (5, 3), mask_value=0.0),
        keras2_recurrent("GRU", "gru_1", 4, reset_after=False),
        keras2("Activation", "activation_1", activation="hard_sigmoid"),
    )
    names = ("masking_1", "gru_1", "activation_1")
    weights = {name: {} for name in names}
    weights["gru_1"] = recurrent("gru_1", p, GRU_GATES)
    output = gru(x, p, hard_sigmoid, mask=(x != 0).any(-1))[:, -1]
    return config, weights, [x], [hard_sigmoid(output)]


@model("2.2.4-tf")
def tensorflow1_lstm(rng):
    """`tf.keras` of TensorFlow 1.14, with a policy's name and types in the initializers."""
    p, x = random_gates(rng, LSTM_GATES, 3, 4), sequences(rng)
    zeros = {"class_name": "Zeros", "config": {"dtype": "float32"}}
    layer = keras2_recurrent(
        *("LSTM", "lstm", 4), sequences=True, time_major=False, bias_initializer=zeros, **SHAPE
    )
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": [layer]}}
    weights = {"lstm": recurrent("lstm", p, LSTM_GATES)}
    return config, weights, [x], [lstm(x, p, hard_sigmoid)[0]]


@model("2.3.0-tf")
def tensorflow22_gru(rng):
    """`tf.keras` of TensorFlow 2.2: the cell stands in the names of weights."""
    p, x = random_gates(rng, GRU_GATES, 3, 4, state_bias=True), sequences(rng)
    layer = keras2_recurrent(
        *("GRU", "gru", 4), gate="sigmoid", time_major=False, implementation=2, reset_after=True
    )
    entries = [keras2_input("input_1", (5, 3)), called(layer, "input_1")]
    config = functional("model", entries, ["input_1"], [["gru", 0, 0]])
    weights = {"input_1": {}, "gru": recurrent("gru/gru_cell", p, GRU_GATES)}
    return config, weights, [x], [gru(x, p)[:, -1]]
