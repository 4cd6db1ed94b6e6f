"""Models of all kinds against Keras: names, weights and their order, outputs, configurations."""

import copy
import pickle

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.model_checker import (
    assert_same,
    build_both,
    check_model,
    check_names,
    check_predictions,
    random_weights,
)
from tests.kerasish.model_zoo import MODELS, SEQUENCES, VECTORS


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_model(make):
    theirs, ours = check_model(make, MODELS[make])
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_copies_answer_alike_and_share_nothing(make):
    kerasish.utils.clear_session()
    model = make(kerasish)
    model.set_weights(random_weights(model))
    expected = model.predict(MODELS[make], verbose=0)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    before = [w.copy() for w in model.get_weights()]
    model.set_weights([w + 1 for w in before])
    for other in copies:
        assert_same(other.predict(MODELS[make], verbose=0), expected)
        assert [w.path for w in other.weights] == [w.path for w in model.weights]


def feature_extractor(n):
    inputs = n.Input((8, 2))
    x = n.layers.LSTM(4, return_sequences=True, name="lstm")(inputs)
    model = n.Model(inputs, n.layers.Dense(2)(n.layers.GRU(3, name="gru")(x)))
    lstm, gru = model.get_layer("lstm"), model.get_layer(index=2)
    return n.Model(model.input, [lstm.output, gru.output, model.output])


def test_outputs_inside_a_model_make_a_feature_extractor():
    check_model(feature_extractor, SEQUENCES)


def model_from_inner_symbols(n):
    """A model that starts at the output of a layer."""
    inputs = n.Input((8, 2))
    middle = n.layers.GRU(3)(inputs)
    outputs = n.layers.Dense(2)(middle)
    n.Model(inputs, outputs)
    return n.Model(middle, outputs)


def test_a_model_may_start_at_a_layers_output():
    theirs, ours = build_both(model_from_inner_symbols)
    assert [tuple(t.shape) for t in ours.inputs] == [tuple(t.shape) for t in theirs.inputs]
    assert_same(ours(torch.tensor(VECTORS)), theirs(VECTORS))


def called_again(n):
    """A model applied to new symbols, with another length of time."""
    inputs = n.Input((None, 2))
    model = n.Model(inputs, n.layers.Dense(2)(n.layers.LSTM(3, return_sequences=True)(inputs)))
    new = n.Input((8, 2))
    return n.Model(new, [model(new), n.layers.GRU(2)(model(new))])


def test_a_model_is_a_layer_on_new_symbols():
    theirs, ours = check_model(called_again, SEQUENCES)
    assert [tuple(t.shape) for t in ours.outputs] == [tuple(t.shape) for t in theirs.outputs]


def single_output_in_a_list(n):
    inputs = n.Input((3,))
    inner = n.Model([inputs], [n.layers.Dense(2)(inputs)])
    new = n.Input((3,))
    return n.Model(new, n.layers.Dense(1)(inner(new)[0]))


def test_a_single_output_in_a_list():
    """Symbols come in the list, values without it, as in Keras."""
    theirs, ours = check_model(single_output_in_a_list, VECTORS)
    inner = [model.layers[1] for model in (ours, theirs)]
    assert_same(inner[0]([torch.tensor(VECTORS)]), inner[1]([VECTORS]))


class Subclassed:
    """A subclass of `Model` with a `call`, in either library."""

    @staticmethod
    def make(n):
        class Recommender(n.Model):
            def __init__(self, units, **kwargs):
                super().__init__(**kwargs)
                self.rnn = n.layers.LSTM(units, return_sequences=True)
                self.blocks = [n.layers.Dense(units, activation="tanh") for _ in range(2)]
                self.drop = n.layers.Dropout(0.5)
                self.head = n.layers.Dense(2)

            def call(self, inputs, training=False):
                x = self.rnn(inputs)
                for block in self.blocks:
                    x = x + block(x)
                return self.head(self.drop(x, training=training))

        model = Recommender(4)
        assert not model.built
        model(np.zeros((2, 8, 2), "float32"))
        return model


def test_subclass_builds_at_its_first_call():
    theirs, ours = build_both(Subclassed.make)
    check_names(ours, theirs)
    check_predictions(ours, theirs, SEQUENCES)
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    x = torch.tensor(SEQUENCES)
    torch.manual_seed(0)
    assert not torch.equal(ours(x, training=True), ours(x, training=False))
    # `.train()` is torch's way to say the same; predict infers anyway.
    ours.train()
    expected = ours.predict(SEQUENCES, verbose=0)
    assert not torch.equal(ours(x), torch.tensor(expected))
    np.testing.assert_array_equal(ours.predict(SEQUENCES, verbose=0), expected)
    assert ours.training


def custom_functional(n):
    class Custom(n.Model):
        def doubled(self, x):
            return 2 * self(x)

    inputs = n.Input((3,))
    return Custom(inputs, n.layers.Dense(2)(inputs))


def test_subclass_with_functional_constructor():
    theirs, ours = build_both(custom_functional)
    check_names(ours, theirs)
    check_predictions(ours, theirs, VECTORS)
    assert_same(ours.doubled(torch.tensor(VECTORS)), theirs.doubled(VECTORS))
    assert isinstance(ours, kerasish.Functional)
    assert isinstance(theirs, keras.Model)


def custom_constructor(n):
    class Tagger(n.Model):
        def __init__(self, units, **kwargs):
            inputs = n.Input((8, 2))
            x = n.layers.Bidirectional(n.layers.LSTM(units, return_sequences=True))(inputs)
            super().__init__(inputs=inputs, outputs=n.layers.Dense(3)(x), **kwargs)
            self.units = units

    return Tagger(4, name="tagger")


def test_subclass_that_describes_its_graph_in_its_constructor():
    theirs, ours = build_both(custom_constructor)
    check_names(ours, theirs)
    check_predictions(ours, theirs, SEQUENCES)
    assert ours.units == 4


def test_freezing():
    def make(n):
        inner = n.Sequential([n.Input((3,)), n.layers.Dense(4), n.layers.Dense(2)])
        inputs = n.Input((3,))
        model = n.Model(inputs, n.layers.Dense(1)(inner(inputs)))
        inner.trainable = False
        return model

    theirs, ours = check_model(make, VECTORS)
    frozen = {id(p) for layer in ours.layers[1].layers for p in layer.parameters()}
    assert {id(p) for p in ours.parameters() if not p.requires_grad} == frozen
    theirs.trainable = ours.trainable = False
    check_names(ours, theirs)
    assert not any(p.requires_grad for p in ours.parameters())
    theirs.trainable = ours.trainable = True
    check_names(ours, theirs)
    assert all(p.requires_grad for p in ours.parameters())


@pytest.mark.parametrize("shape", [(5, 8), (5, 8, 1)])
def test_a_last_axis_of_size_one_is_added_or_dropped(shape):
    def make(n):
        inputs = n.Input((8, 1))
        return n.Model(inputs, n.layers.LSTM(2)(inputs))

    def make_sequential(n):
        return n.Sequential([n.Input((8,)), n.layers.Dense(2)])

    x = np.linspace(-1, 1, int(np.prod(shape)), dtype="float32").reshape(shape)
    for one in (make, make_sequential):
        theirs, ours = build_both(one)
        assert_same(ours(torch.tensor(x)), theirs(x))


def test_inputs_by_name_and_in_other_structures():
    make = next(one for one in MODELS if one.__name__ == "encoder_decoder")
    source, target = (torch.tensor(x) for x in MODELS[make])
    theirs, ours = build_both(make)
    expected = theirs(MODELS[make])
    assert_same(ours({"target": target, "source": source}), expected)
    assert_same(ours((source, target)), expected)
    assert_same(ours([source.numpy(), target.numpy()]), expected)


def test_to_moves_and_casts():
    kerasish.utils.clear_session()
    inputs = kerasish.Input((3,))
    model = kerasish.Model(inputs, kerasish.layers.Dense(2)(inputs)).to(torch.float64)
    assert {w.dtype for w in model.weights} == {"float64"}
    assert model.to("meta")._device() == torch.device("meta")
