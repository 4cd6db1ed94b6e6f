"""Cells in `RNN`, stacked cells, convolutional LSTMs, `TimeDistributed`."""

import numpy as np
import pytest

import kerasish
from kerasish import layers
from tests.kerasish.export.export_checker import check_export
from tests.kerasish.export.test_recurrent import PATTERNS, given_states, sequences

CELLS = {
    "lstm": lambda: layers.LSTMCell(3, activation="relu"),
    "gru": lambda: layers.GRUCell(3),
    "gru_before": lambda: layers.GRUCell(3, reset_after=False, use_bias=False),
    "simple": lambda: layers.SimpleRNNCell(3),
    "stacked": lambda: [layers.LSTMCell(3), layers.GRUCell(2), layers.SimpleRNNCell(4)],
    "nested": lambda: [layers.GRUCell(2), layers.StackedRNNCells([layers.LSTMCell(3)])],
}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_sequences": True, "return_state": True},
        {"return_sequences": True, "go_backwards": True, "zero_output_for_mask": True},
    ],
    ids=str,
)
def test_cells(cell, options, tmp_path):
    for masked in (False, True):
        start = kerasish.Input((None, 4))
        x = layers.Masking()(start) if masked else start
        model = kerasish.Model(start, layers.RNN(CELLS[cell](), **options)(x))
        assert "Scan" in check_export(model, tmp_path, inputs=sequences())


def test_initial_states_of_stacked_cells(tmp_path):
    start, states = kerasish.Input((None, 4)), [kerasish.Input((n,)) for n in (3, 3, 2)]
    layer = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], return_state=True)
    model = kerasish.Model([start, *states], layer(layers.Masking()(start), initial_state=states))
    arrays = [*given_states(2, 3), *given_states(1, 2)]
    check_export(model, tmp_path, inputs=[sequences(), *arrays])


@pytest.mark.parametrize(
    ("rank", "options"),
    [
        (1, {"padding": "same"}),
        (2, {"padding": "same", "strides": 2, "return_state": True}),
        (2, {"padding": "same", "dilation_rate": 2, "return_sequences": True}),
        (2, {"data_format": "channels_first", "return_sequences": True, "go_backwards": True}),
        (2, {"recurrent_activation": "hard_sigmoid", "use_bias": False, "activation": "silu"}),
        (3, {"padding": "same", "return_sequences": True, "return_state": True}),
    ],
    ids=str,
)
def test_conv_lstm(rank, options, tmp_path):
    space = (7,) * rank if rank < 3 else (4,) * rank
    first = options.get("data_format") == "channels_first"
    start = kerasish.Input((None, 3, *space) if first else (None, *space, 3))
    layer = getattr(layers, f"ConvLSTM{rank}D")(2, 3 if rank < 3 else 2, **options)
    check_export(kerasish.Model(start, layer(start)), tmp_path)


def test_conv_lstm_with_a_mask_and_states(tmp_path):
    frames = kerasish.Input((None, 6, 3))
    mask = kerasish.Input((None,), dtype="bool")
    states = [kerasish.Input((6, 2)), kerasish.Input((6, 2))]
    layer = layers.ConvLSTM1D(2, 3, padding="same", return_sequences=True, return_state=True)
    model = kerasish.Model([frames, mask, *states], layer(frames, initial_state=states, mask=mask))
    rng = np.random.default_rng(0)
    shapes = [(*PATTERNS.shape, 6, 3), (len(PATTERNS), 6, 2), (len(PATTERNS), 6, 2)]
    values, *given = [rng.normal(size=shape).astype("float32") for shape in shapes]
    check_export(model, tmp_path, inputs=[values, PATTERNS.astype(bool), *given])


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ((None, 4), lambda: layers.Dense(3, activation="relu")),
        ((5, 4), lambda: layers.Dense(3)),
        ((None, 6, 4), lambda: layers.LSTM(3)),
        ((None, None, 4), lambda: layers.LSTM(3, return_sequences=True)),
        ((None, 6, 4), lambda: layers.Flatten()),
        (
            (None, 4),
            lambda: kerasish.Sequential([kerasish.Input((4,)), layers.Dense(3), layers.Dense(2)]),
        ),
    ],
    ids=["dense", "fixed", "lstm", "open", "flatten", "model"],
)
def test_time_distributed(shape, layer, tmp_path):
    start = kerasish.Input(shape)
    model = kerasish.Model(start, layers.TimeDistributed(layer())(start))
    check_export(model, tmp_path)


def test_time_distributed_hands_the_mask_on(tmp_path):
    start = kerasish.Input((None, 4))
    x = layers.TimeDistributed(layers.Dense(3))(layers.Masking()(start))
    model = kerasish.Model(start, layers.LSTM(2, return_sequences=True)(x))
    check_export(model, tmp_path, inputs=sequences())
