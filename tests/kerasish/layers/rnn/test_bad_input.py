"""Wrong calls of recurrent layers: each error names the layer and what was received."""

import numpy as np
import pytest
import torch

from kerasish import Input, Model
from kerasish.layers import GRU, LSTM, RNN, Bidirectional, LSTMCell, SimpleRNN, StackedRNNCells

X = np.zeros((2, 4, 3))


def states(*sizes):
    return [torch.zeros(2, size) for size in sizes]


WRONG_CALLS = {
    "rank": (lambda: LSTM(3, name="it")(np.zeros((2, 3))), r"'it'.*ndim=3.*\(2, 3\)"),
    "symbolic rank": (lambda: LSTM(3, name="it")(Input((3,))), r"'it'.*ndim=3.*\(None, 3\)"),
    "features unknown": (lambda: GRU(3, name="it")(Input((4, None))), r"'it'.*features.*None"),
    "too few states": (
        lambda: LSTM(3, name="it")(X, initial_state=states(3)),
        r"'it'.*2 state.*Received: 1",
    ),
    "too many states": (
        lambda: GRU(3, name="it")(X, initial_state=states(3, 3)),
        r"'it'.*1 state.*Received: 2",
    ),
    "size of states": (
        lambda: SimpleRNN(3, name="it")(X, initial_state=torch.zeros(2, 5)),
        r"'it'.*\(2, 3\).*Received.*\(2, 5\)",
    ),
    "symbolic states": (
        lambda: LSTM(3, name="it")(Input((4, 3)), initial_state=[Input((3,))]),
        r"'it'.*2 state.*Received: 1",
    ),
    "states of both directions": (
        lambda: Bidirectional(LSTM(3), name="it")(X, initial_state=states(3, 3)),
        r"'it'.*4 states.*Received: 2",
    ),
    "list of numbers": (lambda: LSTM(3, name="it")([[[1.0, 2.0]]]), r"'it'.*np.array.*1\.0"),
    "text": (lambda: LSTM(3, name="it")(np.array([["a"]])), r"arrays of numbers.*Received"),
    "mask": (
        lambda: LSTM(3, name="it")(X, mask=np.ones((2, 5), bool)),
        r"'it'.*\(2, 4\).*Received.*\(2, 5\)",
    ),
    "states of a cell": (
        lambda: LSTMCell(3, name="it")(np.zeros((2, 3)), states(3)),
        r"'it'.*2 state.*Received: 1",
    ),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_wrong_call(name):
    call, message = WRONG_CALLS[name]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        call()


WRONG_ARGUMENTS = {
    "unknown": (lambda: LSTM(3, foo=1), r"LSTM.*Received.*'foo': 1"),
    "unknown of a cell": (lambda: LSTMCell(3, foo=1), r"LSTMCell.*Received.*foo"),
    "units 0": (lambda: LSTM(0), r"LSTM.*`units`.*Received: units=0"),
    "units a float": (lambda: GRU(2.5), r"GRU.*`units`.*Received: units=2.5"),
    "activation": (lambda: LSTM(3, activation="tan"), r"tanh.*Received.*tan"),
    "initializer": (lambda: LSTM(3, kernel_initializer="ones_"), r"Received.*ones_"),
    "dropout": (lambda: LSTM(3, dropout="much"), r"`dropout`.*Received: dropout='much'"),
    "implementation": (lambda: GRU(3, implementation=5), r"`implementation`.*=5"),
    "use_cudnn": (lambda: GRU(3, use_cudnn="yes"), r"`use_cudnn`.*'yes'"),
    "time major": (lambda: LSTM(3, time_major=True), r"LSTM.*time_major=True"),
    "dtype": (lambda: LSTM(3, dtype="float31"), r"Received: .*float31"),
    "mixed": (lambda: LSTM(3, dtype="mixed_float16"), r"autocast.*mixed_float16"),
    "no cell": (lambda: RNN(3), r"RNN.*Received: cell=3"),
    "no state size": (lambda: RNN(Bidirectional(LSTM(3))), r"state_size.*Received"),
    "no cells": (lambda: StackedRNNCells([3]), r"StackedRNNCells.*Received: 3"),
    "not recurrent": (lambda: Bidirectional(LSTMCell(3)), r"recurrent layer.*Received"),
    "merge mode": (lambda: Bidirectional(LSTM(3), "add"), r"`merge_mode`.*'add'"),
    "directions": (
        lambda: Bidirectional(LSTM(3), backward_layer=LSTM(3)),
        r"go.* backwards.*Received: go_backwards=False",
    ),
    "unlike layers": (
        lambda: Bidirectional(LSTM(3), backward_layer=LSTM(3, go_backwards=True, stateful=True)),
        r"`stateful`.*Received: False forward, True backward",
    ),
}


@pytest.mark.parametrize("name", WRONG_ARGUMENTS)
def test_wrong_argument(name):
    make, message = WRONG_ARGUMENTS[name]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        make()


def test_another_number_of_features():
    layer = LSTM(3, name="it")
    layer(X)
    with pytest.raises(ValueError, match=r"'it'.*axis -1.*size 3.*received: \(2, 4, 5\)"):
        layer(np.zeros((2, 4, 5)))


def test_a_model_names_its_input():
    inputs = Input((4, 3), name="words")
    model = Model(inputs, LSTM(3)(inputs), name="reader")
    with pytest.raises(ValueError, match=r"'words'.*'reader'.*\(None, 4, 3\).*\(2, 4, 5\)"):
        model.predict(np.zeros((2, 4, 5)), verbose=0)


def test_a_kernel_that_is_demanded_but_not_there():
    layer = LSTM(3, activation="relu", use_cudnn=True, name="it")
    with pytest.raises(ValueError, match=r"'it'.*use_cudnn='auto'.*Received: use_cudnn=True"):
        layer(X)


def test_weights_before_the_layer_is_built():
    layer = LSTM(3, name="it")
    with pytest.raises(AttributeError, match=r"'it'.*built.*kernel"):
        _ = layer.kernel
    with pytest.raises(ValueError, match=r"'it'.*built"):
        layer.count_params()
    with pytest.raises(ValueError, match=r"'it'.*before it is built.*Received"):
        layer.set_weights([np.zeros((3, 12))])


def test_weights_of_another_shape_change_nothing():
    layer = LSTM(3, name="it")
    layer(X)
    before = layer.get_weights()
    wrong = [before[0] + 1, before[1] + 1, np.zeros(3)]
    with pytest.raises(ValueError, match=r"'it'.*bias' expects \(12,\), got \(3,\)"):
        layer.set_weights(wrong)
    for one, other in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
