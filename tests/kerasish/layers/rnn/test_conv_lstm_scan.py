"""ConvLSTM by a scan: a backward pass by hand, the valid steps alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish import layers
from kerasish.layers.rnn.scan.conv_product import ConvProduct
from kerasish.layers.rnn.scan.lstm_scan import LSTMScan
from kerasish.layers.rnn.scan.slopes import curve_of
from tests.kerasish.layers.rnn.test_scan import with_gradients

BATCH, TIME = 3, 4
SPACE = {1: (6,), 2: (4, 5), 3: (3, 4, 2)}


@settings(max_examples=30, deadline=None)
@given(
    rank=st.sampled_from([1, 2, 3]),
    options=st.fixed_dictionaries(
        {
            "kernel_size": st.sampled_from([1, 2, 3]),
            "strides": st.sampled_from([1, 2]),
            "padding": st.sampled_from(["valid", "same"]),
            "data_format": st.sampled_from(["channels_last", "channels_first"]),
            "activation": st.sampled_from(["tanh", "relu", "softsign"]),
            "recurrent_activation": st.sampled_from(["sigmoid", "hard_sigmoid"]),
            "go_backwards": st.booleans(),
            "use_bias": st.booleans(),
            "return_sequences": st.booleans(),
            "zero_output_for_mask": st.booleans(),
            "dropout": st.sampled_from([0.0, 0.3]),
            "recurrent_dropout": st.sampled_from([0.0, 0.4]),
        }
    ),
    steps=st.none() | st.lists(st.integers(0, 2**TIME - 1), min_size=BATCH, max_size=BATCH),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_is_the_loop(rank, options, steps, seed):
    """Values and all gradients, for any configuration, mask and initial states."""
    if options["kernel_size"] == 3 and options["padding"] == "valid":
        options = {**options, "kernel_size": 2}
    generator = torch.Generator().manual_seed(seed)
    layer = getattr(layers, f"ConvLSTM{rank}D")(2, dtype="float64", return_state=True, **options)
    axis = -1 if options["data_format"] == "channels_last" else 2
    x = torch.randn(BATCH, TIME, *SPACE[rank], 3, generator=generator, dtype=torch.float64)
    x = x.movedim(-1, axis)
    shape = layer(x)[1].shape
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    states = [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for _ in range(2)
    ]
    mask = steps and torch.tensor([[bool(row >> t & 1) for t in range(TIME)] for row in steps])
    x.requires_grad_()
    found = with_gradients(layer, "scan", x, mask, states)
    wanted = with_gradients(layer, "loop", x, mask, states)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("counts", [None, [2, 1, 1]])
@pytest.mark.parametrize("dropped", [False, True])
def test_gradients_are_those_of_differences(kernel, counts, dropped):
    generator = torch.Generator().manual_seed(kernel)

    def draw(*shape):
        drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
        return drawn.requires_grad_()

    drop = draw(4, 2, 2, 3).detach() if dropped else None
    curves = curve_of(torch.sigmoid), curve_of(torch.tanh)

    def run(gates, *rest):
        # What the scan overwrites must not be what is varied.
        return LSTMScan.apply(gates.clone(), *rest, drop, counts, *curves, ConvProduct)

    tensors = draw(3, 2, 8, 3), draw(8, 2, kernel), draw(2, 2, 3), draw(2, 2, 3)
    assert torch.autograd.gradcheck(run, tensors)


def test_which_path_a_configuration_takes():
    layer = layers.ConvLSTM2D(2, 3)
    assert layer.execution_path() == "scan"
    assert layer.execution_path(masked=True, training=True, gradients=True) == "scan"
    assert layer.execution_path(compiling=True) == "loop"
    assert layers.ConvLSTM1D(2, 3, activation="gelu").execution_path() == "loop"
    assert layers.ConvLSTM3D(2, 3, recurrent_activation="hard_sigmoid").execution_path() == "scan"


def test_padded_steps_are_not_computed(monkeypatch):
    rows = []
    add_to = ConvProduct.add_to
    monkeypatch.setattr(
        ConvProduct,
        "add_to",
        lambda self, gates, states: rows.append(len(states)) or add_to(self, gates, states),
    )
    mask = torch.tensor([[1, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]).bool()
    layers.ConvLSTM1D(2, 3)(torch.randn(3, 6, 5, 2), mask=mask)
    assert rows == [2, 1]


def test_torchs_tools_work():
    layer = layers.ConvLSTM1D(2, 3, padding="same")
    x = torch.randn(2, 3, 4, 2)
    expected = layer(x).detach()
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(layer(x).float().detach(), expected, rtol=0.1, atol=0.05)
    gradient = torch.func.grad(lambda one: layer(one).sum())(x)
    x.requires_grad_()
    (by_hand,) = torch.autograd.grad(layer(x).sum(), x)
    torch.testing.assert_close(by_hand, gradient)
    with pytest.raises(RuntimeError, match=r"Recurrent.*first derivatives only.*torch\.func\.grad"):
        torch.autograd.grad(layer(x).sum(), x, create_graph=True)
