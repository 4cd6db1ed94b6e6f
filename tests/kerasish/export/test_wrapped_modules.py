"""Wrapped `nn.LSTM`, `nn.GRU` and `nn.RNN`."""

import itertools

import pytest
from torch import nn

import kerasish
from kerasish.export import ExportError, export_onnx
from tests.kerasish.export.export_checker import check_export
from tests.kerasish.export.test_recurrent import given_states, sequences

MODULES = {
    "lstm": lambda **options: nn.LSTM(4, 3, **options),
    "gru": lambda **options: nn.GRU(4, 3, **options),
    "tanh": lambda **options: nn.RNN(4, 3, **options),
    "relu": lambda **options: nn.RNN(4, 3, nonlinearity="relu", **options),
}


@pytest.mark.parametrize("both", [False, True], ids=["forward", "both"])
@pytest.mark.parametrize("name", MODULES)
def test_modules(name, both, tmp_path):
    flags = itertools.product([False, True], repeat=3)
    for depth, (masked, all_steps, started) in zip(itertools.cycle([1, 2, 3]), flags):
        module = MODULES[name](num_layers=depth, bidirectional=both, bias=depth != 2)
        layer = kerasish.wrap(module, return_sequences=all_steps, return_state=True)
        start = kerasish.Input((None, 4))
        count = len(layer.state_size) if started else 0
        states = [kerasish.Input((3,)) for _ in range(count)]
        x = kerasish.layers.Masking()(start) if masked else start
        model = kerasish.Model([start, *states], layer(x, initial_state=states or None))
        arrays = [sequences(), *given_states(count, 3)]
        check_export(model, tmp_path, inputs=arrays, random=False)


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        (nn.LSTM(4, 3, proj_size=2), {}, r"\(TorchRecurrent\) projects.*Received: proj_size=2"),
        (nn.GRU(4, 3), {"dtype": "float64"}, r"in float32.*Received: dtype='float64'"),
        (nn.Linear(4, 3), {}, r"\(TorchModule\) can't be exported.*Received: .*TorchModule"),
    ],
    ids=["projection", "float64", "another module"],
)
def test_refused(module, options, message, tmp_path):
    start = kerasish.Input((None, 4))
    model = kerasish.Model(start, kerasish.wrap(module)(start))
    with pytest.raises(ExportError, match=message):
        export_onnx(model, tmp_path / "model.onnx", **options)
