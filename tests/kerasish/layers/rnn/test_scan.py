"""The scan: every step by torch operations, with a backward pass by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasish
from kerasish.activations.keras2 import keras2_hard_sigmoid
from kerasish.layers import GRU, LSTM, SimpleRNN

ACTIVATIONS = ["tanh", "sigmoid", "relu", "linear", "hard_sigmoid", "softsign", "elu"]
BATCH, TIME, FEATURES, UNITS = 4, 6, 3, 5


def with_gradients(layer, path, x, mask, states):
    """Outputs and gradients of a layer that runs by a path, in training."""
    layer.execution_path = lambda **_: path
    if layer.recurrent_dropout or layer.dropout:
        layer.seed_generator.state.copy_(torch.tensor([3, 0]))
    outputs = layer(x, mask=mask, initial_state=states, training=True)
    loss = sum((o * (i + 1)).square().sum() for i, o in enumerate(outputs))
    weights = [p for p in layer.parameters() if p.requires_grad]
    return [*outputs, *torch.autograd.grad(loss, [x, *states, *weights])]


@settings(max_examples=50, deadline=None)
@given(
    kind=st.sampled_from([SimpleRNN, LSTM, GRU, "reset before"]),
    activation=st.sampled_from([*ACTIVATIONS, keras2_hard_sigmoid]),
    # Bounded, or the states soon are not.
    gate=st.sampled_from(["sigmoid", "hard_sigmoid", "tanh", "softsign", keras2_hard_sigmoid]),
    options=st.fixed_dictionaries(
        {
            "go_backwards": st.booleans(),
            "use_bias": st.booleans(),
            "return_sequences": st.booleans(),
            "zero_output_for_mask": st.booleans(),
            "dropout": st.sampled_from([0.0, 0.3]),
            "implementation": st.sampled_from([1, 2]),
            "recurrent_dropout": st.sampled_from([0.0, 0.4]),
        }
    ),
    steps=st.none() | st.lists(st.integers(0, 2**TIME - 1), min_size=BATCH, max_size=BATCH),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_is_the_loop(kind, activation, gate, options, steps, seed):
    """Values and all gradients, for any configuration, mask and initial states."""
    generator = torch.Generator().manual_seed(seed)
    options = {**options, "activation": activation, "return_state": True}
    if kind is not SimpleRNN:
        options["recurrent_activation"] = gate
    if kind == "reset before":
        kind, options["reset_after"] = GRU, False
    layer = kind(UNITS, dtype="float64", **options)
    x = torch.randn(BATCH, TIME, FEATURES, generator=generator, dtype=torch.float64)
    layer(x)
    with torch.no_grad():
        for parameter in layer.parameters():
            if parameter.requires_grad:
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    count = 2 if kind is LSTM else 1
    states = [
        torch.randn(BATCH, UNITS, generator=generator, dtype=torch.float64).requires_grad_()
        for _ in range(count)
    ]
    mask = steps and torch.tensor([[bool(row >> t & 1) for t in range(TIME)] for row in steps])
    x.requires_grad_()
    found = with_gradients(layer, "scan", x, mask, states)
    wanted = with_gradients(layer, "loop", x, mask, states)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("reset_after", [False, True])
def test_a_foreign_second_bias_counts(reset_after):
    """A checkpoint of torch's may have one, where Keras has none."""
    layers = [LSTM(3, activation="relu"), SimpleRNN(3, activation="softsign")]
    layers.append(GRU(3, activation="relu", reset_after=reset_after))
    x = torch.randn(2, 4, 3)
    for layer in layers:
        layer(x)
        for name, parameter in layer.named_parameters():
            if "bias" in name:
                torch.nn.init.normal_(parameter)
        found = layer(x)
        layer.execution_path = lambda **_: "loop"
        torch.testing.assert_close(found, layer(x))


def test_which_configurations_take_it():
    dropping = LSTM(3, recurrent_dropout=0.2)
    assert dropping.execution_path() == "fused"
    assert dropping.execution_path(training=True) == "scan"
    assert dropping.execution_path(training=True, compiling=True) == "loop"
    assert GRU(3, reset_after=False).execution_path(masked=True) == "scan"
    assert LSTM(3, recurrent_activation="hard_sigmoid").execution_path(device="cuda") == "scan"
    assert LSTM(3, recurrent_activation=keras2_hard_sigmoid).execution_path() == "scan"
    assert SimpleRNN(3, activation=None).execution_path() == "scan"
    assert SimpleRNN(3, activation="gelu").execution_path() == "loop"
    assert GRU(3, recurrent_activation=lambda x: x).execution_path() == "loop"
    by_gate = LSTM(3, dropout=0.2, implementation=1)
    assert by_gate.execution_path(training=True) == "scan"


def test_torchs_tools_work():
    layer = GRU(3, reset_after=False, return_sequences=True)
    x = torch.randn(2, 4, 3)
    expected = layer(x).detach()
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(layer(x).float().detach(), expected, rtol=0.1, atol=0.05)
    each = torch.func.vmap(lambda one: layer(one[None])[0])(x)
    torch.testing.assert_close(each.detach(), expected)
    gradient = torch.func.grad(lambda one: layer(one).sum())(x)
    x.requires_grad_()
    (by_hand,) = torch.autograd.grad(layer(x).sum(), x)
    torch.testing.assert_close(by_hand, gradient)
    with pytest.raises(RuntimeError, match=r"first derivatives only.*RNN\(LSTMCell"):
        torch.autograd.grad(layer(x).sum(), x, create_graph=True)


def test_outputs_that_are_changed_in_place_are_noticed():
    layer = LSTM(3, activation="relu", return_sequences=True)
    x = torch.randn(2, 4, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="modified inplace"):
        layer(x).mul_(2)


def test_keras_numbers():
    """A layer of each kind against what Keras 3.15.1 computes is in the grid; here its seed."""
    kerasish.utils.set_random_seed(4)
    first = LSTM(3, recurrent_dropout=0.5)(np.ones((2, 4, 3), "float32"), training=True)
    kerasish.utils.set_random_seed(4)
    layer = LSTM(3, recurrent_dropout=0.5)
    layer.execution_path = lambda **_: "loop"
    second = layer(np.ones((2, 4, 3), "float32"), training=True)
    torch.testing.assert_close(first, second)
