"""What models refuse, and what their messages tell."""

import numpy as np
import pytest
import torch

import kerasish
from kerasish import Input, Model, Sequential, layers


@pytest.fixture(autouse=True)
def fresh_names():
    kerasish.utils.clear_session()


def two_inputs():
    a, b = Input((8, 2), name="a"), Input((3,), name="b")
    return Model([a, b], layers.Concatenate()([layers.LSTM(3, name="lstm")(a), b]), name="two")


def x(*shape):
    return torch.zeros(shape)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([x(5, 8, 3), x(5, 3)], r"'a' of model 'two' has shape \(None, 8, 2\).*\(5, 8, 3\)"),
        ([x(5, 9, 2), x(5, 3)], r"'a' of model 'two' has shape \(None, 8, 2\).*\(5, 9, 2\)"),
        ([x(5, 8, 2), x(5, 1, 3)], r"'b' of model 'two' has shape \(None, 3\).*\(5, 1, 3\)"),
        ([x(5, 8, 2)], r"takes 2 input\(s\): \['a \(None, 8, 2\)', 'b \(None, 3\)'\]. Received: 1"),
        (x(5, 8, 2), r"takes 2 input\(s\).*Received: \(5, 8, 2\)"),
        ([x(5, 8, 2)] * 3, r"takes 2 input\(s\).*Received: 3 input"),
        ({"a": x(5, 8, 2)}, r"takes 2 input\(s\).*Received: \['a'\]"),
        ([x(5, 8, 2), None], "Input 'b' of model 'two' is not optional"),
    ],
)
def test_inputs_that_do_not_fit(given, message):
    with pytest.raises(ValueError, match=message):
        two_inputs()(given)


def test_a_layer_inside_names_itself():
    model = Sequential([Input((None, 2)), layers.LSTM(3, name="encoder")])
    with pytest.raises(ValueError, match=r"'encoder' \(LSTM\).*axis -1.*\(5, 8, 3\)"):
        model(x(5, 8, 3))
    with pytest.raises(ValueError, match=r"model 'sequential' has shape.*\(5, 8, 3, 4\)"):
        model(x(5, 8, 3, 4))
    with pytest.raises(ValueError, match=r"'encoder' \(LSTM\).*ndim=3.*\(None, 3\)"):
        layers.LSTM(3, name="encoder")(Input((3,)))


def test_arguments_that_are_not_known():
    with pytest.raises(ValueError, match=r"Model 'two'.*Received: 1 positional.*\['verbose'\]"):
        two_inputs()([x(5, 8, 2), x(5, 3)], verbose=1)


def test_disconnected_graphs():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    with pytest.raises(ValueError, match=r"disconnected.*'b' of shape \(None, 3\).*\['a'\]"):
        Model(a, layers.add([a, b]))


def test_names_that_occur_twice():
    a = Input((3,))
    one, two = layers.Dense(2, name="same"), layers.Dense(2, name="same")
    with pytest.raises(ValueError, match=r"two layers named 'same'"):
        Model(a, two(one(a)))
    with pytest.raises(ValueError, match=r"a second layer named 'same'"):
        Sequential([one, two])


def test_what_is_no_symbol():
    a = Input((3,))
    with pytest.raises(ValueError, match=r"`outputs`.*Received: outputs=tensor"):
        Model(a, x(2, 3))
    with pytest.raises(ValueError, match=r"`inputs`.*Received: inputs="):
        Model(layers.Dense(2), a)
    with pytest.raises(ValueError, match=r"both symbols made from Input.*Received"):
        Model(a)


def test_before_the_first_call():
    dense = layers.Dense(2, name="dense")
    with pytest.raises(AttributeError, match=r"'dense' .*no output before it is called"):
        dense.output  # noqa: B018
    model = Sequential([dense])
    for name in ("input", "output", "inputs", "outputs", "input_shape", "output_shape"):
        with pytest.raises(AttributeError, match=r"before it is built"):
            getattr(model, name)
    assert model.weights == []
    with pytest.raises(ValueError, match=r"do not exist before it is built"):
        model.count_params()
    with pytest.raises(ValueError, match=r"none before it is built"):
        model.set_weights([np.zeros((3, 2))])
    with pytest.raises(ValueError, match=r"has no layers.*Received"):
        Sequential()(x(2, 3))
    with pytest.raises(ValueError, match=r"has no layers. Received: pop\(\)"):
        Sequential().pop()


def test_layers_of_a_model_by_name_and_index():
    model = two_inputs()
    assert model.get_layer("lstm") is model.layers[1] is model.get_layer(index=1)
    assert model.get_layer(index=-1) is model.layers[-1]
    with pytest.raises(ValueError, match=r"it has \['a', 'lstm', 'b', .*Received: name='gru'"):
        model.get_layer("gru")
    with pytest.raises(ValueError, match=r"has 4 layers. Received: index=4"):
        model.get_layer(index=4)
    for arguments in ({}, {"name": "a", "index": 0}):
        with pytest.raises(ValueError, match=r"either a name or an index"):
            model.get_layer(**arguments)


def test_weights_that_do_not_fit():
    model = two_inputs()
    weights = model.get_weights()
    with pytest.raises(ValueError, match=r"has 3 weights.*lstm/lstm_cell/kernel.*list of 2 arrays"):
        model.set_weights(weights[:2])
    with pytest.raises(ValueError, match=r"'lstm/lstm_cell/bias' expects \(12,\), got \(13,\)"):
        model.set_weights([*weights[:2], np.zeros(13)])
    for one, two in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_sequential_takes_layers_and_one_input():
    with pytest.raises(ValueError, match=r"takes layers. Received: 3 of type int"):
        Sequential([3])
    model = Sequential([Input((3,)), layers.Dense(2)])
    with pytest.raises(ValueError, match=r"an Input only as its first layer"):
        model.add(Input((2,)))
    with pytest.raises(ValueError, match=r"inputs of shape \(None, 3\). Received: .*\(None, 4\)"):
        model.build((None, 4))


def test_a_subclass_without_a_call():
    class Nothing(Model):
        pass

    with pytest.raises(NotImplementedError, match=r"'nothing' \(Nothing\) has no call method"):
        Nothing()(x(2, 3))
