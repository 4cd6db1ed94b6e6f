"""Stateful layers against Keras over several calls, and what their states must survive."""

import copy

import keras
import numpy as np
import pytest
import torch

import kerasish

MAKERS = {
    "simple": lambda n, **k: n.layers.SimpleRNN(3, **k),
    "lstm": lambda n, **k: n.layers.LSTM(3, **k),
    "gru": lambda n, **k: n.layers.GRU(3, **k),
    "gru before": lambda n, **k: n.layers.GRU(3, reset_after=False, **k),
    "bidirectional": lambda n, **k: n.layers.Bidirectional(n.layers.LSTM(3, **k)),
    "cells": lambda n, **k: n.layers.RNN([n.layers.LSTMCell(2), n.layers.LSTMCell(3)], **k),
}


def flat(values):
    if isinstance(values, (list, tuple)):
        return [leaf for value in values for leaf in flat(value)]
    return [values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)]


def assert_agree(ours, theirs):
    ours, theirs = flat(ours), flat(theirs)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def make_pair(name, x, **options):
    theirs = MAKERS[name](keras, stateful=True, **options)
    ours = MAKERS[name](kerasish, stateful=True, **options)
    theirs(x)
    ours(torch.from_numpy(x))
    ours.set_weights(theirs.get_weights())
    reset_keras(theirs)
    ours.reset_state()
    return ours, theirs


def reset_keras(layer):
    """Zero the states; Keras's own `reset_state` fails on those of stacked cells."""
    parts = getattr(layer, "forward_layer", layer), getattr(layer, "backward_layer", layer)
    for variable in keras.tree.flatten([part.states for part in parts]):
        variable.assign(keras.ops.zeros_like(variable))


OPTIONS = [{}, {"return_state": True, "return_sequences": True}]
# Keras 3.15.1 fails on a stateful Bidirectional that returns its states.
CASES = [(name, o) for name in MAKERS for o in OPTIONS if not (name == "bidirectional" and o)]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_states_carry_over_calls(name, options):
    rng = np.random.default_rng(3)
    batches = rng.normal(size=(4, 2, 5, 2)).astype("float32")
    mask = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0]], bool)
    ours, theirs = make_pair(name, batches[0], **options)
    for index, x in enumerate(batches):
        theirs_mask, ours_mask = (mask, torch.from_numpy(mask)) if index == 2 else (None, None)
        # The states live on between batches of another length, too.
        x = x[:, : 5 if index == 2 else 3 + index % 2]
        assert_agree(ours(torch.from_numpy(x), mask=ours_mask), theirs(x, mask=theirs_mask))
    ours.reset_states()
    reset_keras(theirs)
    assert_agree(ours(torch.from_numpy(batches[0])), theirs(batches[0]))


def test_both_directions_return_the_states_that_they_keep():
    """Each direction as a layer by itself, as Keras fails here."""
    x = torch.randn(2, 5, 2)
    both = kerasish.layers.Bidirectional(
        kerasish.layers.LSTM(3, return_state=True, stateful=True, return_sequences=True)
    )
    both(x)
    both.reset_state()
    sides = [kerasish.layers.LSTM(3, return_state=True, return_sequences=True) for _ in range(2)]
    states = [[torch.zeros(2, 3)] * 2] * 2
    for side, layer in zip(sides, (both.forward_layer, both.backward_layer), strict=True):
        side(x)
        side.set_weights(layer.get_weights())
    for _ in range(3):
        forward = sides[0](x, initial_state=states[0])
        backward = sides[1](x.flip(1), initial_state=states[1])
        states = [list(forward[1:]), list(backward[1:])]
        assert_agree(
            both(x), [torch.cat([forward[0], backward[0].flip(1)], -1), *states[0], *states[1]]
        )


def test_given_states_are_used_and_then_kept():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2, 4, 2)).astype("float32")
    states = [rng.normal(size=(2, 3)).astype("float32") for _ in range(2)]
    ours, theirs = make_pair("lstm", x)
    given = [torch.from_numpy(state) for state in states]
    assert_agree(
        ours(torch.from_numpy(x), initial_state=given),
        theirs(x, initial_state=[keras.ops.convert_to_tensor(s) for s in states]),
    )
    assert_agree(ours(torch.from_numpy(x)), theirs(x))


def test_a_second_backward_does_not_reach_into_the_first_call():
    layer = kerasish.layers.LSTM(3, stateful=True)
    for _ in range(3):
        layer.zero_grad()
        layer(torch.randn(2, 4, 2)).sum().backward()
    assert not any(state.requires_grad for state in layer.states)
    assert all(state.abs().sum() > 0 for state in layer.states)


def test_reset_clears_the_states():
    layer = kerasish.layers.GRU(3, stateful=True)
    x = torch.randn(2, 4, 2)
    first = layer(x)
    assert not torch.allclose(layer(x), first)
    layer.reset_state()
    assert not any(state.any() for state in layer.states)
    torch.testing.assert_close(layer(x), first)


def test_states_are_copied_and_not_stored_as_weights():
    layer = kerasish.layers.LSTM(3, stateful=True)
    x = torch.randn(2, 4, 2)
    layer(x)
    copied = copy.deepcopy(layer)
    torch.testing.assert_close(copied(x), layer(x))
    assert len(layer.get_weights()) == 3
    assert not any("state" in key for key in layer.state_dict())


def test_another_batch_size_is_refused():
    layer = kerasish.layers.LSTM(3, stateful=True, name="keeper")
    layer(torch.randn(2, 4, 2))
    with pytest.raises(ValueError, match=r"'keeper'.*batch size.*2.*Received.*3"):
        layer(torch.randn(3, 4, 2))


def test_an_unknown_batch_size_is_refused():
    with pytest.raises(ValueError, match="batch size"):
        kerasish.layers.GRU(3, stateful=True)(kerasish.Input((4, 2)))


def test_predict_goes_on_from_batch_to_batch_and_from_call_to_call():
    inputs = {n: n.Input(batch_shape=(2, 3, 2)) for n in (keras, kerasish)}
    models = {n: n.Model(i, n.layers.LSTM(4, stateful=True)(i)) for n, i in inputs.items()}
    models[kerasish].set_weights(models[keras].get_weights())
    x = np.random.default_rng(0).normal(size=(6, 3, 2)).astype("float32")
    for _ in range(2):
        assert_agree(
            models[kerasish].predict(x, batch_size=2, verbose=0),
            models[keras].predict(x, batch_size=2, verbose=0),
        )
