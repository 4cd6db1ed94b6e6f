"""What recurrent layers return, in NumPy, on symbols and in models, and known values."""

import numpy as np
import pytest
import torch

from kerasish import Input, Model, initializers
from kerasish.layers import GRU, LSTM, Bidirectional, SimpleRNN

RNG = np.random.default_rng(0)
SEQUENCE = np.array(
    [
        [[0.1, 4.2, 1.5, 1.1, 2.8], [1, 3.1, 2.5, 0.7, 1.1]],
        [[0.3, 2.1, 1.5, 2.1, 0.1], [2.2, 1.4, 0.5, 0.9, 1.1]],
    ]
).reshape(1, 4, 5)


def test_known_values_of_a_bidirectional_lstm():
    constant = initializers.Constant(0.1)
    layer = Bidirectional(
        LSTM(3, kernel_initializer=constant, recurrent_initializer=constant, return_state=True)
    )
    output, forward, _, backward, _ = layer(SEQUENCE)
    np.testing.assert_allclose(forward, np.full((1, 3), 0.6303138), rtol=1e-6)
    np.testing.assert_allclose(backward, np.full((1, 3), 0.7038734), rtol=1e-6)
    np.testing.assert_array_equal(output, np.concatenate([forward, backward], 1))


@pytest.mark.parametrize(
    ("unit_forget_bias", "expected"),
    [
        (True, [0.6288687, 0.86899155, 0.9460773]),
        (False, [0.57019705, 0.8661914, 0.9459622]),
    ],
)
def test_known_values_of_an_lstm(unit_forget_bias, expected):
    layer = LSTM(
        3,
        kernel_initializer=initializers.Constant(0.01),
        recurrent_initializer=initializers.Constant(0.02),
        bias_initializer=initializers.Constant(0.03),
        unit_forget_bias=unit_forget_bias,
    )
    output = layer(np.arange(72).reshape(3, 6, 4))
    np.testing.assert_allclose(output, np.repeat(np.array(expected)[:, None], 3, 1), rtol=1e-6)


CASES = [
    (SimpleRNN, 1),
    (GRU, 1),
    (LSTM, 2),
]


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize(("layer_class", "states"), CASES)
def test_output_and_states(layer_class, states, sequences):
    layer = layer_class(3, return_sequences=sequences, return_state=True)
    results = layer(RNG.normal(size=(2, 8, 5)))
    assert isinstance(results, tuple)
    assert len(results) == 1 + states
    output = results[0]
    assert tuple(output.shape) == ((2, 8, 3) if sequences else (2, 3))
    assert all(tuple(state.shape) == (2, 3) for state in results[1:])
    assert torch.equal(output[:, -1] if sequences else output, results[1])
    # The same on symbols, with the batch size kept open.
    symbols = layer(Input((8, 5)))
    assert [s.shape for s in symbols] == [(None, *r.shape[1:]) for r in results]
    shapes = layer.compute_output_shape((None, None, 5))
    assert shapes[0] == ((None, None, 3) if sequences else (None, 3))
    assert shapes[1:] == ((None, 3),) * states


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize(("layer_class", "states"), CASES)
def test_bidirectional_output_and_states(layer_class, states, merge_mode):
    layer = Bidirectional(
        layer_class(3, return_sequences=True, return_state=True), merge_mode=merge_mode
    )
    results = layer(RNG.normal(size=(2, 8, 5)))
    outputs, found = (
        (results[:2], results[2:]) if merge_mode is None else (results[:1], results[1:])
    )
    assert all(o.shape == (2, 8, 6 if merge_mode == "concat" else 3) for o in outputs)
    assert [s.shape for s in found] == [(2, 3)] * (2 * states)
    if merge_mode is None:
        assert torch.equal(outputs[0][:, -1], found[0])
        assert torch.equal(outputs[1][:, 0], found[states])
    symbols = layer(Input((None, 5)))
    assert [len(s.shape) for s in symbols] == [r.ndim for r in results]


def test_a_model_predicts_numpy_in_a_list():
    inputs = Input(shape=(8, 2))
    model = Model(inputs=inputs, outputs=LSTM(3, return_state=True, return_sequences=True)(inputs))
    results = model.predict(RNG.normal(size=(1, 8, 2)), verbose=0)
    assert isinstance(results, list)
    output, h, c = results
    assert all(isinstance(r, np.ndarray) and r.dtype == np.float32 for r in results)
    assert (output.shape, h.shape, c.shape) == ((1, 8, 3), (1, 3), (1, 3))
    np.testing.assert_array_equal(output[:, -1], h)


def test_values_from_numpy_are_free_of_a_graph_and_tensors_are_not():
    layer = GRU(3)
    x = RNG.normal(size=(2, 4, 2))
    assert layer(x).numpy().shape == (2, 3)
    assert layer(torch.from_numpy(x)).requires_grad
    assert layer(x, training=True).requires_grad


@pytest.mark.parametrize("option", [{"implementation": i} for i in range(3)] + [{"unroll": True}])
@pytest.mark.parametrize("activation", ["tanh", "elu"])
@pytest.mark.parametrize("layer_class", [SimpleRNN, GRU, LSTM])
def test_ways_to_compute_give_equal_results(layer_class, activation, option):
    x = torch.randn(2, 4, 2)
    plain, other = layer_class(3, activation), layer_class(3, activation, **option)
    plain(x)
    other(x)
    other.set_weights(plain.get_weights())
    torch.testing.assert_close(other(x), plain(x), rtol=0, atol=0)
