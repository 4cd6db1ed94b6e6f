"""The gate table against cells that compute by the gates' names."""

import itertools
import warnings

import numpy as np
import pytest
import torch

from weight_port import gates
from weight_port.errors import LayoutError
from weight_port.transform import regate

RNG = np.random.default_rng(0)
INPUTS, UNITS, BATCH = 3, 4, 5


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_step(x, h, c, kernel, recurrent, bias, order, forget_bias=0.0):
    """Hochreiter & Schmidhuber's cell with a forget gate, each gate found by its name."""
    z = dict(zip(order, np.split(x @ kernel + h @ recurrent + bias, 4, axis=1), strict=True))
    c = sigmoid(z["forget"] + forget_bias) * c + sigmoid(z["input"]) * np.tanh(z["cell"])
    return sigmoid(z["output"]) * np.tanh(c), c


def gru_step(x, h, kernel, recurrent, bias_in, bias_state, order):
    """Cho's cell with the reset after the product, each gate found by its name."""
    a = dict(zip(order, np.split(x @ kernel + bias_in, 3, axis=1), strict=True))
    b = dict(zip(order, np.split(h @ recurrent + bias_state, 3, axis=1), strict=True))
    update, reset = sigmoid(a["update"] + b["update"]), sigmoid(a["reset"] + b["reset"])
    return update * h + (1 - update) * np.tanh(a["new"] + reset * b["new"])


def weights(n, seed=1):
    rng = np.random.default_rng(seed)
    shapes = (INPUTS, n * UNITS), (UNITS, n * UNITS), (n * UNITS,), (n * UNITS,)
    x, h, c = (rng.normal(size=(BATCH, s)) for s in (INPUTS, UNITS, UNITS))
    return x, h, c, [rng.normal(size=s) for s in shapes]


def torch_cell(cls, n, kernel, recurrent, bias_in, bias_state):
    cell = cls(INPUTS, UNITS, dtype=torch.float64)
    for name, value in {
        "weight_ih": kernel.T,
        "weight_hh": recurrent.T,
        "bias_ih": bias_in,
        "bias_hh": bias_state,
    }.items():
        getattr(cell, name).data.copy_(torch.from_numpy(value.copy()))
    return cell


def test_torch_lstm_has_the_order_of_the_table():
    x, h, c, (kernel, recurrent, b1, b2) = weights(4)
    cell = torch_cell(torch.nn.LSTMCell, 4, kernel, recurrent, b1, b2)
    got_h, got_c = cell(torch.from_numpy(x), (torch.from_numpy(h), torch.from_numpy(c)))
    order = gates.gate_order("torch", "lstm")
    want_h, want_c = lstm_step(x, h, c, kernel, recurrent, b1 + b2, order)
    np.testing.assert_allclose(got_h.detach(), want_h, rtol=1e-10)
    np.testing.assert_allclose(got_c.detach(), want_c, rtol=1e-10)


def test_torch_gru_has_the_order_of_the_table():
    x, h, _, ws = weights(3)
    got = torch_cell(torch.nn.GRUCell, 3, *ws)(torch.from_numpy(x), torch.from_numpy(h))
    want = gru_step(x, h, *ws, gates.gate_order("torch", "gru"))
    np.testing.assert_allclose(got.detach(), want, rtol=1e-10)


def test_keras_cells_have_the_order_of_the_table():
    import keras

    x, h, c, (kernel, recurrent, b1, b2) = weights(4)
    cell = keras.layers.LSTMCell(UNITS, dtype="float64")
    cell.build((BATCH, INPUTS))
    cell.set_weights([kernel, recurrent, b1])
    got, (_, got_c) = cell(x, [h, c])
    want, want_c = lstm_step(x, h, c, kernel, recurrent, b1, gates.gate_order("keras", "lstm"))
    np.testing.assert_allclose(got, want, rtol=1e-10)
    np.testing.assert_allclose(got_c, want_c, rtol=1e-10)

    x, h, _, (kernel, recurrent, b1, b2) = weights(3)
    cell = keras.layers.GRUCell(UNITS, dtype="float64")
    cell.build((BATCH, INPUTS))
    cell.set_weights([kernel, recurrent, np.stack([b1, b2])])
    want = gru_step(x, h, kernel, recurrent, b1, b2, gates.gate_order("keras", "gru"))
    np.testing.assert_allclose(cell(x, [h])[0], want, rtol=1e-10)


def test_tensorflow_1_cells_have_the_order_and_the_forget_bias_of_the_table():
    import tensorflow as tf
    from tf_keras.src.layers.rnn import legacy_cells

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # these cells are deprecated, which is the point
        lstm = legacy_cells.BasicLSTMCell(UNITS, state_is_tuple=True, dtype="float64")
        gru = legacy_cells.GRUCell(UNITS, dtype="float64")
        x, h, c, (kernel, recurrent, bias, _) = weights(4)
        state = legacy_cells.LSTMStateTuple(tf.constant(c), tf.constant(h))
        lstm(tf.constant(x), state)
        lstm.set_weights([np.concatenate([kernel, recurrent]), bias])
        got, _ = lstm(tf.constant(x), state)
        order = gates.gate_order("tf1", "lstm")
        added = gates.DIFFERENCES["tf1", "lstm"].run_time_forget_bias
        want, _ = lstm_step(x, h, c, kernel, recurrent, bias, order, forget_bias=added)
        np.testing.assert_allclose(got, want, rtol=1e-10)

        x, h, _, (kernel, recurrent, bias, _) = weights(3)
        order = gates.gate_order("tf1", "gru")
        assert order[2] == "new"
        gru(tf.constant(x), tf.constant(h))
        both = np.concatenate([kernel, recurrent])
        split = 2 * UNITS
        gru.set_weights([both[:, :split], bias[:split], both[:, split:], bias[split:]])
        got, _ = gru(tf.constant(x), tf.constant(h))
        a = dict(zip(order, np.split(x @ kernel + bias, 3, axis=1), strict=True))
        k = dict(zip(order, np.split(recurrent, 3, axis=1), strict=True))
        update = sigmoid(a["update"] + h @ k["update"])
        reset = sigmoid(a["reset"] + h @ k["reset"])
        want = update * h + (1 - update) * np.tanh(a["new"] + (reset * h) @ k["new"])
        np.testing.assert_allclose(got, want, rtol=1e-10)


@pytest.mark.parametrize(
    ("framework", "cell", "letters"),
    [
        # As each framework's documentation spells its order.
        ("keras", "lstm", "ifco"),
        ("keras", "gru", "zrh"),
        ("torch", "lstm", "ifco"),
        ("torch", "gru", "rzh"),
        ("onnx", "lstm", "iofc"),
        ("onnx", "gru", "zrh"),
        ("cudnn", "lstm", "ifco"),
        ("cudnn", "gru", "rzh"),
        ("tf1", "lstm", "icfo"),
        ("tf1", "gru", "rzh"),
    ],
)
def test_documented_orders(framework, cell, letters):
    names = {"i": "input", "f": "forget", "c": "cell", "o": "output"}
    names |= {"z": "update", "r": "reset", "h": "new"}
    assert gates.gate_order(framework, cell) == tuple(names[letter] for letter in letters)


def test_every_order_is_complete_and_has_its_differences_noted():
    for (framework, cell), order in gates.GATE_ORDERS.items():
        assert frozenset(order) == gates.GATES[cell]
        assert len(order) == len(gates.GATES[cell])
        assert (framework, cell) in gates.DIFFERENCES
    for cell, names in gates.FLAX_DENSE_NAMES.items():
        assert tuple(names) == gates.gate_order("flax", cell)


def test_regate_there_and_back_and_by_way_of_a_third_framework():
    frameworks = sorted({framework for framework, _ in gates.GATE_ORDERS})
    for cell, n in (("lstm", 4), ("gru", 3)):
        array = RNG.normal(size=(2, n * 3, 2))
        for a, b, c in itertools.product(frameworks, repeat=3):
            there = regate(array, cell, a, b, axis=1)
            assert np.array_equal(regate(there, cell, b, a, axis=-2), array)
            direct = regate(array, cell, a, c, axis=1)
            assert np.array_equal(regate(there, cell, b, c, axis=1), direct)
    onnx = regate(np.arange(8), "lstm", "onnx", "keras")
    assert onnx.tolist() == [0, 1, 4, 5, 6, 7, 2, 3]


def test_regate_of_a_tensor_and_of_agreeing_orders():
    tensor = torch.arange(6.0, requires_grad=True)
    result = regate(tensor, "gru", "keras", "torch")
    assert result.tolist() == [2, 3, 0, 1, 4, 5]
    result[:2].sum().backward()
    assert tensor.grad.tolist() == [0, 0, 1, 1, 0, 0]
    array = np.zeros((4, 2))
    assert regate(array, "lstm", "keras", "torch", axis=0) is array


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gates.gate_order("caffe", "lstm"), "Received: framework='caffe', cell='lstm'"),
        (lambda: gates.gate_permutation("rnn", "keras", "torch"), "cell='rnn'"),
        (lambda: gates.gate_permutation("gru", "keras", "mxnet"), "framework='mxnet'"),
        (lambda: regate(np.zeros(7), "gru", "keras", "torch"), r"divide by 3.*shape \(7,\)"),
        (lambda: regate(np.zeros(6), "gru", "keras", "torch", axis=1), "axis=1"),
    ],
)
def test_errors_say_what_was_received(call, message):
    with pytest.raises(LayoutError, match=message):
        call()
