"""Models of every kind as sides: sequential, subclassed, nested, with shared layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
import torch
from torch import nn

import kerasish
from weight_port.errors import WeightPortError
from weight_port.records.live import records_of_model
from weight_port.records.torch_modules import records_of_module
from weight_port.torch import load_keras_weights
from weight_port.verify import (
    InputSpec,
    KerasSide,
    Report,
    compare_outputs,
    compare_weights,
    load_inputs,
    random_inputs,
)
from weight_port.verify.inputs import check_inputs
from weight_port.verify.torch_side import TorchSide

LIBRARIES = pytest.mark.parametrize(
    "lib", [keras, tf_keras, kerasish], ids=["keras", "tf_keras", "kerasish"]
)


def several_inputs(lib: Any, as_dict: bool) -> Any:
    """A nested model that is called twice, on two inputs."""
    inner_in = lib.Input((3,), name="inner_in")
    inner = lib.Model(inner_in, lib.layers.Dense(2, name="dense")(inner_in), name="inner")
    left, right = lib.Input((3,), name="left"), lib.Input((3,), name="right")
    both = lib.layers.Concatenate(name="both")([inner(left), inner(right)])
    inputs = {"left": left, "right": right} if as_dict else [left, right]
    return lib.Model(inputs, lib.layers.Dense(4, activation="relu", name="head")(both))


@LIBRARIES
@pytest.mark.parametrize("as_dict", [False, True])
def test_several_inputs_and_shared_layers(lib: Any, as_dict: bool) -> None:
    model = several_inputs(lib, as_dict)
    side = KerasSide(model)
    inputs = random_inputs(side.input_specs())
    assert list(inputs) == ["left", "right"]
    calls = side.layer_calls(inputs)
    assert sorted(calls) == sorted(
        ["inner/dense", "inner", "inner/dense:2", "inner:2", "both", "head"]
    )
    kernel, bias = (np.asarray(w) for w in model.get_layer("inner").get_weights())
    want = inputs["right"] @ kernel + bias
    np.testing.assert_allclose(calls["inner:2"].output, want, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(calls["inner/dense:2"].inputs[0], inputs["right"])
    paths = [record.path for record in side.records()]
    assert set(paths) <= set(calls)


@LIBRARIES
def test_sequential_and_masking(lib: Any) -> None:
    model = lib.Sequential(
        [
            lib.Input((6, 2), name="steps"),
            lib.layers.Masking(mask_value=-1.0, name="masking"),
            lib.layers.LSTM(3, name="lstm"),
        ]
    )
    side = KerasSide(model)
    (spec,) = side.input_specs()
    assert spec.mask_value == -1.0
    calls = side.layer_calls(random_inputs([spec]))
    mask = calls["lstm"].mask
    assert mask is not None
    assert mask.sum(axis=1).tolist() == [6, 5, 3, 1]


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.first = keras.layers.Dense(4, name="first")
        self.second = keras.layers.Dense(2, name="second")

    def call(self, x: Any) -> Any:
        return self.second(self.first(x))


def test_a_subclassed_model_needs_specs() -> None:
    model = Subclassed()
    model(np.zeros((1, 3), "float32"))
    with pytest.raises(WeightPortError, match="give specs"):
        KerasSide(model).input_specs()
    side = KerasSide(model, [InputSpec("x", (None, 3))])
    module = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    for target, layer in zip(module, (model.first, model.second), strict=True):
        load_keras_weights(target, layer.get_weights())
    result = compare_outputs(side, TorchSide(module))
    assert [layer.path_b for layer in result.layers] == ["0", "1"]
    assert result.good


def test_a_wrong_port_from_keras_to_torch_is_explained() -> None:
    """The mistake of many ports: Keras's blocks in torch's GRU as they are."""
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, keras.layers.GRU(5, name="gru", return_sequences=True)(inputs))
    rng = np.random.default_rng(0)
    kernel, recurrent, bias = (rng.normal(size=w.shape) for w in model.get_weights())
    model.set_weights([kernel, recurrent, bias])
    module = nn.Module()
    module.gru = nn.GRU(4, 5, batch_first=True)
    wrong = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T}
    wrong |= {"bias_ih_l0": bias[0], "bias_hh_l0": bias[1]}
    module.gru.load_state_dict({k: torch.tensor(v, dtype=torch.float32) for k, v in wrong.items()})
    module.forward = lambda x: module.gru(x)[0]  # type: ignore[method-assign]
    report = Report(
        "keras",
        "torch",
        compare_weights(records_of_model(model), records_of_module(module)),
        compare_outputs(KerasSide(model), TorchSide(module)),
    )
    assert not report.good
    assert [d.hypothesis for d in report.diagnoses] == ["gate_order"]
    assert report.diagnoses[0].weights == ("kernel", "recurrent_kernel", "bias")
    load_keras_weights(module.gru, [kernel, recurrent, bias])
    assert compare_weights(records_of_model(model), records_of_module(module)).good
    assert compare_outputs(KerasSide(model), TorchSide(module)).good


def test_inputs_of_a_file(tmp_path: Path) -> None:
    specs = [InputSpec("left", (None, 3)), InputSpec("ids", (None, None), "int32", below=9)]
    path = tmp_path / "inputs.npz"
    np.savez(path, left=np.ones((2, 3)), ids=np.ones((2, 5), "int64"))
    loaded = load_inputs(path, specs)
    assert {name: a.dtype.name for name, a in loaded.items()} == {
        "left": "float32",
        "ids": "int32",
    }
    assert list(load_inputs(path, specs[:1])) == ["left"]
    with pytest.raises(WeightPortError, match=r"\['more'\] are missing"):
        load_inputs(path, [*specs, InputSpec("more", (None,))])
    with pytest.raises(WeightPortError, match=r"Received: shape \(2, 3\)"):
        check_inputs({"left": np.ones((2, 3))}, [InputSpec("left", (None, 4))])
    np.savez(path, anything=np.ones((2, 3)))
    assert list(load_inputs(path, specs[:1])) == ["left"]
