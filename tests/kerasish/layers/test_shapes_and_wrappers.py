"""Shapes that Keras tells wrongly, `ReversibleEmbedding` and `TorchModuleWrapper`."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import kerasish
from kerasish import layers
from tests.kerasish.layer_checker import assert_close, check_layer

rng = np.random.default_rng(5)


def test_symbols_have_the_shapes_of_data():
    """Keras tells the shape of the inputs for `glu`, and twice the forward layer's width."""
    pooled = layers.Activation("glu")
    back = layers.GRU(4, go_backwards=True, return_state=True)
    both = layers.Bidirectional(layers.LSTM(3, return_state=True), backward_layer=back)
    apart = layers.Bidirectional(
        layers.LSTM(3, return_state=True), backward_layer=back, merge_mode=None
    )
    x = np.zeros((2, 5, 6), "float32")
    for layer in (pooled, both, apart):
        symbols = tf.nest.flatten(layer(kerasish.Input((5, 6))))
        data = tf.nest.flatten(layer(x))
        assert [s.shape[1:] for s in symbols] == [tuple(d.shape[1:]) for d in data]


@pytest.mark.parametrize("options", [{}, {"tie_weights": False, "logit_soft_cap": 3.0}], ids=str)
def test_reversible_embedding(options):
    def make(n, **more):
        return n.layers.ReversibleEmbedding(6, 4, **options, **more)

    indices = rng.integers(0, 6, (2, 3)).astype("int32")
    check_layer(make, indices)
    check_layer(make, rng.normal(size=(2, 3, 4)), call={"reverse": True}, dtype="float64")


def test_reversible_embedding_in_a_model(tmp_path):
    """The mask of indices travels on, and files hold both tables."""

    def model(n):
        inputs = n.Input((4,), dtype="int32")
        table = n.layers.ReversibleEmbedding(6, 4, tie_weights=False, mask_zero=True, name="table")
        x = n.layers.LSTM(4, return_sequences=True, name="lstm")(table(inputs))
        return n.Model(inputs, table(x, reverse=True))

    theirs, ours = model(keras), model(kerasish)
    theirs.set_weights([rng.normal(size=w.shape) for w in theirs.weights])
    theirs.save(tmp_path / "theirs.keras")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    tokens = np.array([[1, 2, 0, 0], [3, 0, 1, 2]], "int32")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    for one in (ours, kerasish.models.load_model(tmp_path / "theirs.keras")):
        assert_close(one(tokens), theirs(tokens), "float32", "output")
    ours.save(tmp_path / "ours.keras")
    again = keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_array_equal(again(tokens), theirs(tokens))


def test_torch_module_wrapper():
    class Both(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(6, 2)
            self.drop = torch.nn.Dropout(0.9)

        def forward(self, x, factor=1.0):
            return self.drop(self.linear(x)) * factor

    module = Both()
    layer = layers.TorchModuleWrapper(module)
    x = torch.randn(3, 6)
    torch.testing.assert_close(layer(x, factor=2.0), 2 * module.linear(x))
    assert (layer(x, training=True) == 0).any()
    assert [tuple(w.shape) for w in layer.trainable_weights] == [(2, 6), (2,)]
    inputs = kerasish.Input((6,))
    model = kerasish.Model(inputs, layer(inputs))
    assert model.output_shape == (None, 2)
    model.compile("sgd", "mse")
    model.fit(x.numpy(), np.zeros((3, 2), "float32"), verbose=0)
    shaped = layers.TorchModuleWrapper(module, output_shape=(2,))
    assert shaped(inputs).shape == (None, 2)
    with pytest.raises(NotImplementedError, match="Received: Both"):
        layer.get_config()
    with pytest.raises(ValueError, match="Received: LazyLinear"):
        layers.TorchModuleWrapper(torch.nn.LazyLinear(2))
