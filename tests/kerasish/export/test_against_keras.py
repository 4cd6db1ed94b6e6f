"""Files in ONNX Runtime against real Keras's own outputs."""

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from kerasish.export import export_onnx
from tests.kerasish.model_checker import build_both
from tests.kerasish.model_zoo import MODELS, TOKENS


def run(path, arrays):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    slots = session.get_inputs()
    return session.run(None, {s.name: a for s, a in zip(slots, arrays, strict=True)})


def compare(make, x, tmp_path):
    theirs, ours = build_both(make)
    theirs, ours = (one[0] if isinstance(one, tuple) else one for one in (theirs, ours))
    export_onnx(ours, tmp_path / "model.onnx")
    found = run(tmp_path / "model.onnx", tf.nest.flatten(x))
    expected = [np.asarray(one) for one in tf.nest.flatten(theirs(x))]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        scale = max(1.0, float(np.abs(other).max(initial=0)))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6 * scale)


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_models_of_the_zoo(make, tmp_path):
    compare(make, MODELS[make], tmp_path)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("merge", ["concat", "ave"])
def test_masked_directions(name, merge, tmp_path):
    """Padding on either side, holes, an empty row; forward, backward, both."""

    def make(n):
        layers = n.layers
        tokens = n.Input((None,), dtype="int32")
        x = layers.Embedding(6, 4, mask_zero=True)(tokens)
        layer = getattr(layers, name)
        options = {} if name == "SimpleRNN" else {"recurrent_activation": "hard_sigmoid"}
        x = layers.Bidirectional(layer(3, return_sequences=True, **options), merge_mode=merge)(x)
        y = layer(4, go_backwards=True, return_sequences=True, activation="relu")(x)
        z = layers.Bidirectional(layer(2, activation="gelu"), merge_mode=merge)(x)
        return n.Model(tokens, [x, y, z])

    tokens = np.concatenate([TOKENS, [[0, 0, 0, 0]], [[0, 0, 1, 2]]]).astype("int32")
    compare(make, tokens, tmp_path)


def test_cells_and_frames(tmp_path):
    def make(n):
        layers = n.layers
        frames = n.Input((None, 6, 6, 2))
        x = layers.ConvLSTM2D(3, 3, padding="same", return_sequences=True)(frames)
        x = layers.TimeDistributed(layers.Flatten())(x)
        cells = [layers.LSTMCell(3), layers.GRUCell(2, reset_after=False)]
        return n.Model(frames, layers.RNN(cells, return_sequences=True)(x))

    frames = np.random.default_rng(0).normal(size=(2, 4, 6, 6, 2)).astype("float32")
    compare(make, frames, tmp_path)
