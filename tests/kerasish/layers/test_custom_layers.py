"""Layers of the user's own: weights, shapes, configurations, losses, tracking; and `Lambda`."""

import copy
import pickle

import keras
import numpy as np
import pytest
import torch
from torch import nn

import kerasish
from kerasish.layers import LSTM, Dense, Dropout, Embedding, Lambda, Layer


class Scale(Layer):
    """Made as Keras code makes layers; no get_config."""

    def __init__(self, units, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.factor = factor

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), name="kernel", regularizer="l2"
        )
        self.offset = self.add_weight(shape=(self.units,), initializer="ones", name="offset")
        self.calls = self.add_weight(name="calls", initializer="zeros", trainable=False)

    def call(self, inputs, training=None):
        if training:
            self.calls.assign_add(1)
        return (inputs @ self.kernel + self.offset) * self.factor


class Block(Layer):
    """Layers inside a layer, in lists and by name."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = Dense(4)
        self.more = [Dense(3), Dropout(0.5)]
        self.late = []
        self.late.append(Dense(2, name="late"))
        self.named = {"plain": nn.Linear(2, 2)}

    def call(self, inputs):
        x = self.first(inputs)
        for layer in [*self.more, *self.late]:
            x = layer(x)
        return self.named["plain"](x) + 1


def test_weights_are_parameters_and_are_listed_as_in_keras():
    layer = Scale(3)
    x = torch.randn(2, 5)
    torch.testing.assert_close(layer(x), (x @ layer.kernel + layer.offset) * 2)
    assert [w.name for w in layer.weights] == ["kernel", "offset", "calls"]
    assert [w.name for w in layer.trainable_weights] == ["kernel", "offset"]
    assert sorted(layer.state_dict()) == ["calls", "kernel", "offset"]
    assert isinstance(layer.kernel, nn.Parameter)
    assert not layer.calls.requires_grad
    layer(x, training=True)
    layer(x)
    assert float(layer.calls) == 1
    layer(x).sum().backward()
    assert layer.kernel.grad is not None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies(copied):
    for layer in (Scale(3), Block()):
        x = torch.randn(2, 5)
        expected = layer(x)
        other = copied(layer)
        assert torch.equal(other(x), expected)
        assert [w.path for w in other.weights] == [w.path for w in layer.weights]
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.add_(1)
        assert torch.equal(layer(x), expected)


def test_configuration_of_constructor_arguments():
    config = Scale(3, factor=4.0, name="mine").get_config()
    assert (config["units"], config["factor"], config["name"]) == (3, 4.0, "mine")
    again = Scale.from_config(config)
    assert (again.units, again.factor, again.name) == (3, 4.0, "mine")


def test_layers_in_lists_and_dicts_are_found():
    block = Block()
    block(torch.randn(2, 5))
    assert [layer.name for layer in block._weight_owners()][1:] == [
        *(layer.name for layer in block.more),
        "late",
    ]
    assert block.count_params() == 24 + 15 + 8 + 6
    assert "more.0.linear.weight" in block.state_dict()
    assert isinstance(block.more, list)
    assert not block.more[1].training
    block.train()
    assert block.more[1].training
    assert not torch.equal(block(torch.ones(9, 5)), block(torch.ones(9, 5)))
    assert torch.equal(block(torch.ones(9, 5), training=False), block.eval()(torch.ones(9, 5)))


def test_training_flag_is_handed_down():
    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.drop = Dropout(0.5)

        def call(self, inputs):
            return self.drop(inputs)

    outer, x = Outer(), torch.ones(4, 50)
    assert torch.equal(outer(x), x)
    assert not torch.equal(outer(x, training=True), x)
    assert torch.equal(outer(x), x)
    outer.train()
    assert not torch.equal(outer(x), x)
    assert torch.equal(outer(x, training=False), x)


def test_symbols_through_layers_of_ones_own():
    inputs = kerasish.Input((7, 5))
    assert Scale(3)(inputs).shape == (None, 7, 3)
    assert Block()(inputs).shape == (None, 7, 2)
    assert Scale(3).compute_output_shape((None, 4, 5)) == (None, 4, 3)
    model = kerasish.Model(inputs, Block()(Scale(3)(inputs)))
    assert model.predict(np.ones((2, 7, 5)), verbose=0).shape == (2, 7, 2)


def test_forward_as_torch_names_it():
    class Torchlike(Layer):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 2)

        def forward(self, x):
            return self.linear(x)

    layer = Torchlike()
    assert layer(np.ones((4, 3))).shape == (4, 2)
    assert layer(kerasish.Input((3,))).shape == (None, 2)
    assert layer.count_params() == 8


def test_losses():
    class Penalized(Layer):
        def call(self, inputs):
            self.add_loss(inputs.square().mean())
            return inputs

    shared = Dense(3, activity_regularizer="l1", kernel_regularizer="l2")
    penalized = Penalized()
    inputs = kerasish.Input((3,))
    model = kerasish.Model(inputs, penalized(shared(shared(inputs))))
    x = torch.randn(4, 3)
    for _ in range(2):  # each call starts anew
        outputs = model(x, training=True)
        assert len(model.losses) == 4
    once = shared(x)
    expected = (
        0.01 * shared(once).abs().sum() / 4
        + 0.01 * once.abs().sum() / 4
        + 0.01 * shared.linear.weight.square().sum()
        + outputs.square().mean()
    )
    model(x)
    torch.testing.assert_close(sum(model.losses), expected)


def test_errors_of_layers_of_ones_own():
    class Empty(Layer):
        pass

    class NeedsValues(Layer):
        def call(self, inputs):
            return inputs[: int(inputs.sum().item())]

    with pytest.raises(NotImplementedError, match=r"'empty'.*call"):
        Empty(name="empty")(torch.ones(2))
    with pytest.raises(ValueError, match=r"'it'.*compute_output_shape.*Received"):
        NeedsValues(name="it")(kerasish.Input((3,)))


class TestLambda:
    def test_values_shapes_and_arguments(self):
        x = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
        cases = [
            (lambda t: t * 2 + 1, {}),
            (lambda t, power: t**power, {"arguments": {"power": 3}}),
            (lambda t: t[:, :2], {}),
            (lambda t: t[:, None], {"output_shape": (1, 3)}),
        ]
        for function, options in cases:
            theirs, ours = (n.layers.Lambda(function, **options) for n in (keras, kerasish))
            np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-6)
            assert ours(kerasish.Input((3,))).shape == theirs(keras.Input((3,))).shape

    def test_mask(self):
        layer = Lambda(lambda t: t, mask=lambda inputs, mask: mask)
        embedded = Embedding(4, 2, mask_zero=True)(np.array([[1, 0]]))
        assert layer(embedded)._keras_mask.tolist() == [[True, False]]

    def test_code_is_not_stored(self):
        with pytest.raises((TypeError, ValueError), match=r"register"):
            kerasish.layers.serialize(Lambda(lambda t: t))

    def test_a_registered_function_is(self):
        @kerasish.saving.register_keras_serializable(package="tests")
        def twice(t):
            return t * 2

        again = kerasish.layers.deserialize(kerasish.layers.serialize(Lambda(twice)))
        assert again(np.ones((1, 2))).tolist() == [[2, 2]]

    def test_not_a_function(self):
        with pytest.raises(ValueError, match=r"`function`.*3"):
            Lambda(3)


def test_handles_on_weights():
    layer = LSTM(3)
    layer(torch.randn(2, 4, 2))
    kernel = layer.kernel
    assert kernel.shape == (2, 12)
    assert kernel.path == f"{layer.name}/lstm_cell/kernel"
    np.testing.assert_array_equal(kernel.numpy(), layer.get_weights()[0])
    kernel.assign(np.ones((2, 12)))
    assert (layer.rnn.weight_ih_l0 == 1).all()
    kernel.assign_sub(0.5)
    assert (layer.rnn.weight_ih_l0 == 0.5).all()
    # A handle stands in for a tensor, and gradients reach the parameter.
    (torch.ones(1, 2) @ kernel).sum().backward()
    assert (layer.rnn.weight_ih_l0.grad == 1).all()
    torch.testing.assert_close(torch.square(kernel), kernel.value**2)
    with pytest.raises(ValueError, match=r"lstm_cell/kernel.*\(2, 12\).*Received.*\(3,\)"):
        kernel.assign(np.ones(3))
