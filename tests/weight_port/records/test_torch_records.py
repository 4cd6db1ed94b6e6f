"""Modules and state dicts of torch as records, against the weights of real modules."""

import numpy as np
import pytest
import torch
from torch import nn

from weight_port import layouts
from weight_port.errors import WeightMismatchError
from weight_port.formats import ArrayTensors
from weight_port.records.state_dict import TorchRecord, records_of_state_dict
from weight_port.records.torch_modules import TorchModel, records_of_module, tensors_of
from weight_port.torch import to_keras_weights


def records(module):
    return {record.path: record for record in records_of_module(module)}


def state_records(module):
    return {r.path: r for r in records_of_state_dict(tensors_of(module.state_dict()))}


class Everything(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 4)
        self.rnn = nn.LSTM(4, 3, num_layers=2, bidirectional=True)
        self.gru = nn.GRU(6, 5, bias=False)
        self.cell = nn.RNNCell(3, 3)
        self.att = nn.MultiheadAttention(6, 2)
        self.seq = nn.Sequential(nn.Conv1d(3, 4, 2), nn.BatchNorm1d(4), nn.PReLU(4))
        self.again = self.seq
        self.free = nn.Parameter(torch.rand(3))


CLASSES = {
    "emb": "Embedding",
    "rnn/0/forward_layer": "LSTM",
    "rnn/0/backward_layer": "LSTM",
    "rnn/1/forward_layer": "LSTM",
    "rnn/1/backward_layer": "LSTM",
    "gru": "GRU",
    "cell": "SimpleRNNCell",
    "att": "MultiHeadAttention",
    "seq/0": "Conv1D",
    "seq/1": "BatchNormalization",
    "seq/2": "PReLU",
}


def test_modules_are_told_by_their_class():
    found = records(Everything())
    assert {path: r.layer_class for path, r in found.items() if r.layout is not None} == CLASSES
    left = [r for r in found.values() if r.layout is None]
    assert [list(r.weights) for r in left] == [["free"]]


def test_state_dicts_tell_recurrent_layers_and_batch_norms():
    module = Everything()
    found, of_module = state_records(module), records(module)
    certain = {path for path, r in found.items() if r.layout is not None}
    assert certain == {p for p in CLASSES if p.startswith(("rnn", "gru", "cell", "seq/1"))} | {
        "again/1"
    }
    for path in certain - {"again/1"}:
        assert found[path].layer_class == CLASSES[path]
        for name, array in of_module[path].weights.read_all().items():
            np.testing.assert_array_equal(found[path].weights.read(name), array)


@pytest.mark.parametrize(
    ("module", "layout"),
    [
        (nn.Linear(3, 4), layouts.get("Dense")),
        (nn.Linear(3, 4, bias=False), layouts.get("Dense")),
        (nn.Embedding(3, 4), layouts.get("Embedding")),
        (nn.Conv2d(3, 4, 5), layouts.get("Conv2D")),
        (nn.ConvTranspose2d(3, 4, 5), layouts.get("Conv2DTranspose")),
        (nn.LayerNorm(4), layouts.get("LayerNormalization")),
        (nn.MultiheadAttention(6, 2), layouts.get("MultiHeadAttention", num_heads=2)),
        (nn.MultiheadAttention(6, 2, kdim=3), layouts.get("MultiHeadAttention", num_heads=2)),
        (nn.PReLU(3), layouts.get("PReLU")),
    ],
)
def test_what_a_state_dict_leaves_open_is_read_as_asked(module, layout):
    (record,) = records_of_state_dict(tensors_of(module.state_dict()))
    assert record.layout is None
    read = record.read_as(layout)
    for name, array in to_keras_weights(module).items():
        np.testing.assert_array_equal(read.weights.read(name), array)
        assert read.shapes[name] == array.shape
    assert record.read_as(layouts.get("LSTM")) is None


def test_an_lstm_with_a_projection_has_no_layout():
    module = nn.LSTM(4, 3, proj_size=2)
    for found in (records(module), state_records(module)):
        (record,) = found.values()
        assert record.layout is None
        assert "weight_hr_l0" in record.weights


def test_a_parametrized_module_is_not_taken_for_a_plain_one():
    found = records(nn.utils.parametrizations.weight_norm(nn.Linear(3, 3)))
    assert all(record.layout is None for record in found.values())


def test_a_subclass_with_a_parameter_more_is_not_taken_for_its_base():
    class Scaled(nn.Linear):
        def __init__(self):
            super().__init__(3, 3)
            self.factor = nn.Parameter(torch.ones(3))

    (record,) = records(nn.Sequential(Scaled())).values()
    assert record.layout is None
    assert set(record.weights) == {"weight", "bias", "factor"}


def test_weights_are_those_that_keras_would_have():
    module = Everything()
    found = records(module)
    expected = to_keras_weights(module.rnn)
    for layer in (0, 1):
        for half in ("forward", "backward"):
            record = found[f"rnn/{layer}/{half}_layer"]
            for name, array in record.weights.read_all().items():
                np.testing.assert_array_equal(array, expected[f"{layer}/{half}/{name}"])


def test_writing_is_all_or_nothing_and_keeps_what_shares_an_array():
    module = nn.MultiheadAttention(4, 2)
    model = TorchModel.of(module)
    (record,) = model.records
    before = to_keras_weights(module)
    wanted = np.random.default_rng(0).normal(size=(4, 2, 2)).astype("float32")
    for bad in ({"key/kernel": wanted, "nope": wanted}, {"key/kernel": wanted[:2]}):
        with pytest.raises(WeightMismatchError):
            model.assign([(record, bad)])
    model.assign([(record, {"key/kernel": wanted, "value/kernel": 2 * wanted})])
    after = to_keras_weights(module)
    for name, array in before.items():
        factor = {"key/kernel": 1, "value/kernel": 2}.get(name)
        np.testing.assert_array_equal(after[name], wanted * factor if factor else array)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_every_dtype_is_read_and_written(dtype):
    source, target = (nn.Linear(3, 4, dtype=dtype) for _ in range(2))
    (record,), model = records_of_module(source), TorchModel.of(target)
    assert record.weights["kernel"].dtype == str(dtype).removeprefix("torch.")
    model.assign([(model.records[0], record.weights.read_all())])
    assert torch.equal(source.weight, target.weight)


def test_arrays_with_keras_names():
    arrays = {
        "enc/lstm/kernel": np.ones((3, 8)),
        "enc/lstm/recurrent_kernel": np.ones((2, 8)),
        "head/kernel": np.ones((2, 5)),
        "head/bias": np.ones(5),
        "norm/gamma": np.ones(5),
    }
    found = records_of_state_dict(ArrayTensors(arrays))
    assert {r.path: r.layer_class for r in found} == {
        "enc/lstm": "LSTM",
        "head": "Dense",
        "norm": "",
    }
    assert not any(isinstance(record, TorchRecord) for record in found)
