"""Wrong ports between Keras's weights and modules of torch, compared as records."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.weight_port.verify.builders import random_layer, record
from weight_port.records.torch_modules import records_of_module
from weight_port.torch import load_keras_weights, to_keras_weights
from weight_port.verify import compare_weights


def randomized(module: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return module


def holding(name: str, module: nn.Module) -> nn.Module:
    outer = nn.Module()
    outer.add_module(name, module)
    return outer


@pytest.mark.parametrize("kept", ["bias_ih", "bias_hh"])
def test_a_bias_of_torch_that_was_lost(kept: str) -> None:
    lstm = randomized(nn.LSTM(4, 3))
    arrays = {n: np.array(v) for n, v in to_keras_weights(lstm).items()}
    right = [record("lstm", "LSTM", arrays)]
    assert compare_weights(records_of_module(holding("lstm", lstm)), right).good
    wrong = {**arrays, "bias": getattr(lstm, f"{kept}_l0").detach().numpy().copy()}
    found = compare_weights(
        records_of_module(holding("lstm", lstm)), [record("lstm", "LSTM", wrong)]
    )
    (diagnosis,) = found.diagnoses
    assert (diagnosis.hypothesis, diagnosis.weights) == ("bias_addend_lost", ("bias",))
    assert f"is {kept} alone" in diagnosis.sentence


def test_a_bias_that_was_written_to_both() -> None:
    arrays = random_layer("LSTM")
    lstm = nn.LSTM(4, 4)
    load_keras_weights(lstm, arrays)
    with torch.no_grad():
        lstm.bias_hh_l0.copy_(lstm.bias_ih_l0)
    found = compare_weights(
        [record("lstm", "LSTM", arrays)], records_of_module(holding("lstm", lstm))
    )
    (diagnosis,) = found.diagnoses
    assert diagnosis.hypothesis == "bias_doubled"
    assert "twice" in diagnosis.sentence


def test_exchanged_directions_of_a_bidirectional_module() -> None:
    forward, backward = random_layer("LSTM", 1), random_layer("LSTM", 2)
    lstm = nn.LSTM(4, 4, bidirectional=True)
    load_keras_weights(lstm, [*backward.values(), *forward.values()])
    a = [
        record("rnn/forward_layer", "LSTM", forward),
        record("rnn/backward_layer", "LSTM", backward),
    ]
    found = compare_weights(a, records_of_module(holding("rnn", lstm)), by="order")
    assert {d.hypothesis for d in found.diagnoses} == {"directions_swapped"}
    load_keras_weights(lstm, [*forward.values(), *backward.values()])
    assert compare_weights(a, records_of_module(holding("rnn", lstm)), by="order").good


def test_a_projection_that_was_not_transposed() -> None:
    arrays = random_layer("Dense", inputs=6, units=6)
    linear = nn.Linear(6, 6)
    load_keras_weights(linear, arrays)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(arrays["kernel"]))
    found = compare_weights(
        [record("fc", "Dense", arrays)], records_of_module(holding("fc", linear))
    )
    assert [d.hypothesis for d in found.diagnoses] == ["transposed"]
