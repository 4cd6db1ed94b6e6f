"""Recurrent layers times their arguments against Keras: outputs, gradients, shapes, configs."""

import itertools

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import check_layer

rng = np.random.default_rng(2)
X = rng.normal(size=(3, 5, 2))
HOLES = np.array([[1, 0, 0, 1, 1], [0, 0, 0, 0, 0], [0, 1, 1, 0, 0]], bool)
UNITS = 4


def states(count):
    return [rng.normal(size=(3, UNITS)) for _ in range(count)]


KINDS = {
    "SimpleRNN": [{}, {"activation": "relu"}, {"activation": None}, {"use_bias": False}],
    "LSTM": [
        {},
        {"recurrent_activation": "hard_sigmoid"},
        {"activation": "elu", "recurrent_activation": None},
        {"use_bias": False},
        {"unit_forget_bias": False},
    ],
    "GRU": [
        {},
        {"reset_after": False},
        {"activation": "softsign", "recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"use_bias": False, "reset_after": False},
    ],
}
# What Keras's own configuration of a SimpleRNN does not tell.
LOST = {"SimpleRNN": ("seed", "activity_regularizer")}
FLAGS = [
    {},
    {"return_sequences": True, "return_state": True},
    {"return_sequences": True, "go_backwards": True},
    {"go_backwards": True, "return_state": True, "zero_output_for_mask": True},
    {"return_sequences": True, "return_state": True, "zero_output_for_mask": True},
    {"unroll": True, "return_sequences": True},
    {"implementation": 1, "return_state": True},
]
CASES = [
    pytest.param(kind, options, flags, id=f"{kind} {options} {flags}")
    for kind, variants in KINDS.items()
    for options, flags in itertools.product(variants, FLAGS)
    # Keras 3 has no `implementation` for a SimpleRNN.
    if not (kind == "SimpleRNN" and "implementation" in flags)
]


@pytest.mark.parametrize("mask", [None, HOLES], ids=["dense", "holes"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "options", "flags"), CASES)
def test_layer(kind, options, flags, dtype, mask):
    def make(n, **more):
        return getattr(n.layers, kind)(UNITS, **options, **flags, **more)

    call = {} if mask is None else {"mask": mask}
    plain = dtype == "float32" and mask is None
    lost = LOST.get(kind, ())
    check_layer(
        make,
        X,
        dtype=dtype,
        call=call,
        config=plain,
        copies=plain,
        symbolic=plain,
        lost_by_keras=lost,
    )


@pytest.mark.parametrize("mask", [None, HOLES], ids=["dense", "holes"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("go_backwards", [False, True])
def test_initial_state(kind, mask, go_backwards):
    count = 2 if kind == "LSTM" else 1
    given = states(count)
    call = {"initial_state": given if count > 1 else given[0]}
    if mask is not None:
        call["mask"] = mask

    def make(n, **more):
        return getattr(n.layers, kind)(
            UNITS, return_sequences=True, return_state=True, go_backwards=go_backwards, **more
        )

    check_layer(make, X, dtype="float64", call=call, config=False, copies=False, symbolic=False)


ARGUMENTS = {
    "initializers": lambda n: {
        "kernel_initializer": n.initializers.HeNormal(seed=3),
        "recurrent_initializer": "glorot_normal",
        "bias_initializer": n.initializers.RandomUniform(-0.2, 0.3, seed=1),
    },
    "penalties": lambda n: {
        "kernel_regularizer": n.regularizers.L1(0.1),
        "recurrent_regularizer": "l2",
        "bias_regularizer": n.regularizers.L1L2(0.1, 0.2),
        "activity_regularizer": "l1",
    },
    "projections": lambda n: {
        "kernel_constraint": "max_norm",
        "recurrent_constraint": n.constraints.UnitNorm(axis=0),
        "bias_constraint": "non_neg",
    },
    "rates": lambda n: {"dropout": 0.2, "recurrent_dropout": 0.3, "seed": 4},
    "names": lambda n: {"name": "mine", "trainable": False},
}


@pytest.mark.parametrize("argument", ARGUMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_arguments(kind, argument):
    def make(n, **more):
        return getattr(n.layers, kind)(UNITS, **ARGUMENTS[argument](n), **more)

    theirs, ours = check_layer(make, X, lost_by_keras=LOST.get(kind, ()))
    assert [w.trainable for w in ours.weights] == [w.trainable for w in theirs.weights]
    if kind == "SimpleRNN":
        return  # Keras 3.15.1 ignores its activity_regularizer
    np.testing.assert_allclose(
        sum(float(loss.detach()) for loss in ours.losses),
        sum(float(loss) for loss in theirs.losses),
        rtol=1e-5,
    )


MERGES = ["concat", "sum", "mul", "ave", None]
BOTH = {
    "lstm": lambda n, **k: n.layers.LSTM(UNITS, return_state=True, return_sequences=True, **k),
    "lstm last": lambda n, **k: n.layers.LSTM(UNITS, **k),
    "gru": lambda n, **k: n.layers.GRU(UNITS, return_state=True, **k),
    "gru before": lambda n, **k: n.layers.GRU(UNITS, reset_after=False, return_sequences=True, **k),
    "simple": lambda n, **k: n.layers.SimpleRNN(UNITS, return_sequences=True, **k),
    "cells": lambda n, **k: n.layers.RNN(n.layers.LSTMCell(UNITS, **k), return_sequences=True, **k),
    "zeros": lambda n, **k: n.layers.LSTM(UNITS, zero_output_for_mask=True, **k),
}


@pytest.mark.parametrize("mask", [None, HOLES], ids=["dense", "holes"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("merge_mode", MERGES)
@pytest.mark.parametrize("name", BOTH)
def test_bidirectional(name, merge_mode, dtype, mask):
    def make(n, **more):
        return n.layers.Bidirectional(BOTH[name](n, **more), merge_mode=merge_mode, **more)

    call = {} if mask is None else {"mask": mask}
    plain = dtype == "float32" and mask is None
    check_layer(
        make,
        X,
        dtype=dtype,
        call=call,
        config=plain and merge_mode == "concat" and name != "simple",
        copies=plain,
        symbolic=plain,
    )


def test_bidirectional_initial_state_and_backward_layer():
    def make(n, **more):
        return n.layers.Bidirectional(
            n.layers.LSTM(UNITS, return_state=True, **more),
            backward_layer=n.layers.LSTM(
                UNITS, activation="relu", return_state=True, go_backwards=True, **more
            ),
            **more,
        )

    check_layer(make, X, call={"initial_state": states(4)}, symbolic=False, config=False)
    check_layer(make, X)


class KerasPair(keras.layers.Layer):
    """A cell whose output differs from its states."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units + 1

    def build(self, input_shape):
        shapes = {"a": (input_shape[-1], self.units), "b": (self.units, self.units)}
        self.a, self.b = (self.add_weight(shape=s, name=k) for k, s in shapes.items())
        self.built = True

    def call(self, inputs, states):
        first = keras.ops.tanh(keras.ops.matmul(inputs, self.a) + states[0] @ self.b)
        second = states[1] * 0.5 + first
        output = keras.ops.concatenate([first * second, second[:, :1]], -1)
        return output, [first, second]


class TorchPair(kerasish.layers.Layer):
    """The same cell here."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units + 1

    def build(self, input_shape):
        shapes = {"a": (input_shape[-1], self.units), "b": (self.units, self.units)}
        self.a, self.b = (self.add_weight(shape=s, name=k) for k, s in shapes.items())
        self.built = True

    def call(self, inputs, states):
        first = torch.tanh(inputs @ self.a + states[0] @ self.b)
        second = states[1] * 0.5 + first
        return torch.cat([first * second, second[:, :1]], -1), [first, second]


CELLS = {
    "lstm": lambda n, **k: n.layers.LSTMCell(UNITS, **k),
    "gru": lambda n, **k: n.layers.GRUCell(UNITS, **k),
    "gru before": lambda n, **k: n.layers.GRUCell(UNITS, reset_after=False, **k),
    "simple": lambda n, **k: n.layers.SimpleRNNCell(UNITS, activation="relu", **k),
    "lstm variant": lambda n, **k: n.layers.LSTMCell(UNITS, "elu", use_bias=False, **k),
    "stacked": lambda n, **k: n.layers.StackedRNNCells(
        [n.layers.GRUCell(3, **k), n.layers.LSTMCell(2, **k), n.layers.SimpleRNNCell(UNITS, **k)],
        **k,
    ),
    "two": lambda n, **k: n.layers.StackedRNNCells(
        [n.layers.LSTMCell(3, **k), n.layers.LSTMCell(UNITS, **k)], **k
    ),
    "custom": lambda n, **k: (KerasPair if n is keras else TorchPair)(3, **k),
}


@pytest.mark.parametrize("mask", [None, HOLES], ids=["dense", "holes"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "flags",
    [
        {"return_state": True},
        {"return_sequences": True, "return_state": True, "go_backwards": True},
        {"return_sequences": True, "zero_output_for_mask": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", CELLS)
def test_rnn_of_cells(name, flags, dtype, mask):
    def make(n, **more):
        return n.layers.RNN(CELLS[name](n, **more), **flags, **more)

    call = {} if mask is None else {"mask": mask}
    known = name != "custom"
    plain = dtype == "float32" and mask is None
    check_layer(make, X, dtype=dtype, call=call, config=plain and known, copies=plain and known)
