"""`RNN` of the cells that the library has, and of others."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

import kerasish
from kerasish.graph.structure import flatten
from kerasish.layers import RNN, GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells

BATCH, TIME, FEATURES = 4, 5, 3
KINDS = {
    "simple": lambda units, **k: SimpleRNNCell(units, **k),
    "lstm": lambda units, **k: LSTMCell(units, **k),
    "gru": lambda units, **k: GRUCell(units, **k),
    "gru before": lambda units, **k: GRUCell(units, reset_after=False, **k),
    "relu": lambda units, **k: LSTMCell(units, activation="relu", **k),
}


def with_gradients(layer, path, x, mask, training):
    """Outputs, states and gradients of a layer that runs by a path; None for its own."""
    if path:
        layer.execution_path = lambda **_: path
    for cell in layer.cell.cells if hasattr(layer.cell, "cells") else [layer.cell]:
        cell.seed_generator.state.copy_(torch.tensor([3, 0]))
    outputs = layer(x, mask=mask, training=training)
    tensors = flatten(outputs)
    loss = sum((o * (i + 1)).square().sum() for i, o in enumerate(tensors))
    weights = [p for p in layer.parameters() if p.requires_grad]
    return [*tensors, *torch.autograd.grad(loss, [x, *weights])]


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3),
    options=st.fixed_dictionaries(
        {
            "go_backwards": st.booleans(),
            "return_sequences": st.booleans(),
            "zero_output_for_mask": st.booleans(),
        }
    ),
    cell_options=st.fixed_dictionaries(
        {
            "use_bias": st.booleans(),
            "dropout": st.sampled_from([0.0, 0.3]),
            "recurrent_dropout": st.sampled_from([0.0, 0.4]),
            "implementation": st.sampled_from([1, 2]),
        }
    ),
    stacked=st.booleans(),
    training=st.booleans(),
    steps=st.none() | st.lists(st.integers(0, 2**TIME - 1), min_size=BATCH, max_size=BATCH),
    seed=st.integers(0, 2**32 - 1),
)
def test_they_give_what_the_loop_gives(
    kinds, options, cell_options, stacked, training, steps, seed
):
    generator = torch.Generator().manual_seed(seed)
    cells = [KINDS[kind](2 + i, dtype="float64", **cell_options) for i, kind in enumerate(kinds)]
    several = stacked or len(cells) > 1
    cell = StackedRNNCells(cells, dtype="float64") if several else cells[0]
    layer = RNN(cell, return_state=True, dtype="float64", **options)
    x = torch.randn(BATCH, TIME, FEATURES, generator=generator, dtype=torch.float64)
    layer(x)
    with torch.no_grad():
        for parameter in layer.parameters():
            if parameter.requires_grad:
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    mask = steps and torch.tensor([[bool(row >> t & 1) for t in range(TIME)] for row in steps])
    x.requires_grad_()
    assert layer.execution_path(masked=mask is not None, training=training) != "loop"
    found = with_gradients(layer, None, x, mask, training)
    wanted = with_gradients(layer, "loop", x, mask, training)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)


class Own(LSTMCell):
    """A subclass, which may do anything."""


def test_which_cells_are_called_step_by_step():
    assert RNN(LSTMCell(3)).execution_path() == "fused"
    assert RNN([LSTMCell(3), GRUCell(3)]).execution_path() == "fused"
    assert RNN([LSTMCell(3), GRUCell(3)]).execution_path(masked=True) == "scan"
    assert RNN(GRUCell(3)).execution_path(device="cuda") == "scan"
    assert RNN([LSTMCell(3), GRUCell(3, reset_after=False)]).execution_path() == "scan"
    assert RNN(LSTMCell(3, recurrent_dropout=0.1)).execution_path(training=True) == "scan"
    assert RNN(LSTMCell(3), unroll=True).execution_path() == "fused"
    assert RNN(LSTMCell(3), unroll=True).execution_path(gradients=True) == "loop"
    assert RNN(LSTMCell(3)).execution_path(compiling=True) == "loop"
    assert RNN(LSTMCell(3, activation="gelu")).execution_path() == "loop"
    assert RNN(Own(3)).execution_path() == "loop"
    assert RNN([LSTMCell(3), Own(3)]).execution_path() == "loop"
    assert RNN(LSTMCell(3, dtype="float64")).execution_path() == "loop"
    assert RNN([LSTMCell(3, dtype="float64")], dtype="float64").execution_path() == "loop"
    assert RNN(LSTMCell(3, activity_regularizer="l2")).execution_path() == "loop"
    watched = LSTMCell(3)
    watched.register_forward_hook(lambda *_: None)
    assert RNN(watched).execution_path() == "loop"


def test_second_derivatives_of_an_unrolled_layer():
    layer, x = RNN(LSTMCell(3, activation="relu"), unroll=True), torch.randn(2, 4, 3)
    x.requires_grad_()
    (first,) = torch.autograd.grad(layer(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), x)
    assert second.abs().sum() > 0
    layer.unroll = False
    with pytest.raises(RuntimeError, match=r"first derivatives only.*unroll=True"):
        torch.autograd.grad(layer(x).sum(), x, create_graph=True)


@pytest.mark.parametrize("zero_output", [False, True])
def test_steps_masked_in_all_rows_are_left_out(zero_output):
    """In inference; the outputs are those of a cell that is called for them too."""

    class Counting(kerasish.layers.Layer):
        state_size = 2
        calls = 0

        def call(self, inputs, states):
            self.calls += 1
            output = inputs + 0.5 * states[0]
            return output, [output]

    mask = np.array([[0, 1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0, 0]], bool)
    x = torch.randn(2, 7, 2)
    results = []
    for training, calls in ((False, 4), (True, 7)):
        cell = Counting()
        layer = RNN(
            cell, return_sequences=True, return_state=True, zero_output_for_mask=zero_output
        )
        results.append(layer(x, mask=mask, training=training))
        assert cell.calls == calls
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)


def test_runs_without_values():
    """Shapes are found by running on tensors without values, where no mask can be looked at."""
    mask = torch.tensor([[1, 1, 0], [1, 0, 0]]).bool()
    tried = [
        kerasish.layers.LSTM(2),
        kerasish.layers.GRU(2, reset_after=False),
        RNN([LSTMCell(2), GRUCell(2)]),
        RNN(LSTMCell(2, activation="gelu")),
    ]
    x = torch.randn(2, 3, 4)
    for layer in tried:
        layer(x)
        with FakeTensorMode(allow_non_fake_inputs=True) as mode:
            found = layer(mode.from_tensor(x), mask=mode.from_tensor(mask))
            assert found.shape == (2, 2)
