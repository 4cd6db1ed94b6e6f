"""Automatic names against Keras's."""

import keras
import pytest

import kerasish


def layers_in_order(n):
    layers = n.layers
    inputs = n.Input((8, 3))
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(inputs)
    x = layers.Bidirectional(layers.GRU(4, return_sequences=True))(x)
    x = layers.LSTM(3, return_sequences=True)(x)
    again = layers.LSTM(3, return_sequences=True)
    x = again(again(x))
    x = layers.TimeDistributed(layers.Dense(2))(x)
    x = layers.add([x + 1.0, x])
    model, first = n.Model(inputs, x[:, -1]), n.Model(inputs, x)
    bidirectional = model.layers[1]
    return [
        model.name,
        first.name,
        [layer.name for layer in model.layers],
        [operation.name for operation in model.operations],
        bidirectional.forward_layer.name,
        bidirectional.backward_layer.name,
        [w.path for w in model.weights],
    ]


def models_in_models(n):
    layers = n.layers
    stack = n.Sequential([layers.Input((3,)), layers.Dense(2)])
    grown = n.Sequential()
    for _ in range(3):
        grown.add(layers.Dense(3))
    inputs = n.Input((3,))
    outer = n.Model(inputs, stack(grown(inputs)))
    named = n.Model(inputs, inputs * 2, name="mine")
    after = n.Model(inputs, inputs - 2)
    deep = n.Sequential([n.Sequential([layers.Dense(2), layers.Dense(2)]), layers.Dense(1)])
    deep.build((None, 3))
    return [
        [model.name for model in (stack, grown, outer, named, after, deep)],
        [layer.name for layer in outer.layers],
        [w.path for model in (outer, deep) for w in model.weights],
    ]


def subclasses(n):
    class TinyRNNTagger(n.Model):
        def __init__(self):
            super().__init__()
            self.rnn = n.layers.LSTM(2)
            self.dense = n.layers.Dense(2)

        def call(self, inputs):
            return self.dense(self.rnn(inputs))

    class Described(n.Model):
        pass

    inputs = n.Input((3,))
    models = [TinyRNNTagger(), TinyRNNTagger(), Described(inputs, inputs + 1)]
    symbol = models[0](n.Input((4, 2)))
    return [
        [model.name for model in models],
        [layer.name for layer in models[1].layers],
        [w.path for w in models[0].weights],
        tuple(symbol.shape),
    ]


@pytest.mark.parametrize("make", [layers_in_order, models_in_models, subclasses])
def test_names(make):
    found = []
    for n in (keras, kerasish):
        n.utils.clear_session()
        found.append(make(n))
    for one, two in zip(*found, strict=True):
        assert two == one
