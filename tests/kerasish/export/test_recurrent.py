"""Recurrent layers: native operators and loops, both directions, states, masks of any pattern."""

import itertools

import numpy as np
import pytest

import kerasish
from kerasish import layers
from tests.kerasish.export.export_checker import check_export

STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
NATIVE = {"LSTM": "LSTM", "GRU": "GRU", "SimpleRNN": "RNN"}
# Whole rows, padding on either side, holes, one step, and nothing.
PATTERNS = np.array(
    [
        [1, 1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 1, 1, 1, 1],
        [0, 1, 0, 1, 1, 0],
        [1, 0, 0, 0, 0, 1],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
)


def sequences(features=4):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(*PATTERNS.shape, features))
    return (values * PATTERNS[..., None]).astype("float32")


def given_states(count, units):
    rng = np.random.default_rng(2)
    shape = (len(PATTERNS), units)
    return [rng.normal(size=shape).astype("float32") for _ in range(count)]


FLAGS = list(itertools.product([False, True], repeat=4))


@pytest.mark.parametrize("loop", [False, True], ids=["operator", "loop"])
@pytest.mark.parametrize("name", STATES)
def test_flags_masks_and_states(name, loop, tmp_path):
    """All combinations of direction, outputs, masked outputs and given states."""
    for masked in (False, True):
        for backwards, all_steps, zeroed, started in FLAGS:
            start = kerasish.Input((None, 4))
            states = [kerasish.Input((5,)) for _ in range(STATES[name])] if started else []
            layer = getattr(layers, name)(
                5,
                activation="mish" if loop else "tanh",
                return_state=True,
                return_sequences=all_steps,
                go_backwards=backwards,
                zero_output_for_mask=zeroed,
            )
            x = layers.Masking()(start) if masked else start
            outputs = layer(x, initial_state=states or None)
            model = kerasish.Model([start, *states], outputs)
            arrays = [sequences(), *given_states(len(states), 5)]
            kinds = check_export(model, tmp_path, inputs=arrays)
            assert (NATIVE[name] in kinds, "Scan" in kinds) == (not loop, loop)


@pytest.mark.parametrize("masked", [False, True], ids=["plain", "masked"])
@pytest.mark.parametrize("merge", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("name", STATES)
def test_bidirectional(name, merge, masked, tmp_path):
    for loop, all_steps, started in itertools.product([False, True], repeat=3):
        start = kerasish.Input((None, 4))
        count = 2 * STATES[name] if started else 0
        states = [kerasish.Input((3,)) for _ in range(count)]
        layer = getattr(layers, name)(
            3,
            activation="mish" if loop else "tanh",
            return_state=True,
            return_sequences=all_steps,
        )
        x = layers.Masking()(start) if masked else start
        outputs = layers.Bidirectional(layer, merge_mode=merge)(x, initial_state=states or None)
        model = kerasish.Model([start, *states], outputs)
        kinds = check_export(model, tmp_path, inputs=[sequences(), *given_states(count, 3)])
        assert (NATIVE[name] in kinds, "Scan" in kinds) == (not loop, loop)


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (layers.LSTM(3, return_sequences=True), layers.GRU(2, return_sequences=True)),
        (layers.LSTM(3, return_sequences=True), layers.LSTM(2, return_sequences=True)),
        (layers.GRU(3), layers.GRU(3, reset_after=False)),
        (layers.RNN(layers.LSTMCell(3)), layers.RNN(layers.GRUCell(3))),
    ],
    ids=["classes", "units", "reset", "cells"],
)
def test_directions_that_differ(forward, backward, tmp_path):
    for first, second in ((forward, backward), (backward, forward)):
        first = type(first).from_config({**first.get_config(), "go_backwards": False})
        second = type(second).from_config({**second.get_config(), "go_backwards": True})
        start = kerasish.Input((None, 4))
        x = layers.Masking()(start)
        model = kerasish.Model(start, layers.Bidirectional(first, backward_layer=second)(x))
        check_export(model, tmp_path, inputs=sequences())


def test_the_forward_layer_may_go_backwards(tmp_path):
    start = kerasish.Input((None, 4))
    wrapper = layers.Bidirectional(
        layers.LSTM(3, go_backwards=True, return_sequences=True),
        backward_layer=layers.LSTM(3, return_sequences=True),
    )
    model = kerasish.Model(start, wrapper(layers.Masking()(start)))
    check_export(model, tmp_path, inputs=sequences())


@pytest.mark.parametrize("options", [{"reset_after": False}, {"use_bias": False}, {}], ids=str)
@pytest.mark.parametrize("activation", ["tanh", "silu"])
def test_gru_resets_and_biases(options, activation, tmp_path):
    start = kerasish.Input((None, 4))
    layer = layers.GRU(5, activation=activation, return_sequences=True, **options)
    model = kerasish.Model(start, layer(layers.Masking()(start)))
    check_export(model, tmp_path, inputs=sequences())


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "uint8", "int16", "bool"])
def test_embedding_masks(dtype, tmp_path):
    start = kerasish.Input((None,), dtype=dtype)
    x = layers.Embedding(9, 4, mask_zero=True)(start)
    y = layers.LSTM(3, return_sequences=True)(x)
    z = layers.Bidirectional(layers.GRU(3))(layers.Dropout(0.5)(y))
    model = kerasish.Model(start, [y, z])
    tokens = (
        np.random.default_rng(0).integers(1, 9 if dtype != "bool" else 2, PATTERNS.shape) * PATTERNS
    ).astype(dtype)
    check_export(model, tmp_path, inputs=tokens)


def test_values_of_masked_steps_do_not_matter(tmp_path):
    """Masks given by an input of their own, with NaN where they are False."""
    start = kerasish.Input((None, 4))
    mask = kerasish.Input((None,), dtype="bool")
    outputs = [
        layers.LSTM(3, return_sequences=True)(start, mask=mask),
        layers.Bidirectional(layers.GRU(3, return_sequences=True))(start, mask=mask),
        layers.GRU(3, activation="mish")(start, mask=mask),
    ]
    model = kerasish.Model([start, mask], outputs)
    values = np.where(PATTERNS[..., None], sequences(), np.nan).astype("float32")
    check_export(model, tmp_path, inputs=[values, PATTERNS.astype(bool)])


def test_one_layer_called_twice_has_its_weights_once(tmp_path):
    import onnx

    from kerasish.export import export_onnx

    one, other = kerasish.Input((None, 4)), kerasish.Input((None, 4))
    layer = layers.LSTM(5)
    model = kerasish.Model([one, other], [layer(one), layer(other)])
    check_export(model, tmp_path)
    export_onnx(model, tmp_path / "m.onnx")
    graph = onnx.load(tmp_path / "m.onnx").graph
    assert sum(node.op_type == "LSTM" for node in graph.node) == 2
    assert sum(array.name.endswith(("/W", "/R", "/B")) for array in graph.initializer) == 3


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.LSTM(5, return_sequences=True, dtype="float64"),
        lambda: layers.GRU(5, dtype="float64"),
        lambda: layers.Bidirectional(layers.SimpleRNN(5, dtype="float64"), dtype="float64"),
    ],
)
def test_float64(layer, tmp_path):
    start = kerasish.Input((None, 4), dtype="float64")
    model = kerasish.Model(start, layer()(layers.Masking(dtype="float64")(start)))
    check_export(model, tmp_path, precision="float64", inputs=sequences().astype("float64"))
