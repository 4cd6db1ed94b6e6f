"""Options of `convert`: each has its effect, or is refused."""

import onnx
import pytest
import yaml

from tests.golden.index import FOLDER
from tests.weight_port.cli.running import run  # noqa: F401
from weight_port import formats

GRU = FOLDER / "keras3" / "gru_reset_after.keras"


def test_the_type_of_an_onnx_model(run, tmp_path):  # noqa: F811
    done = run("convert", GRU, tmp_path / "m.onnx", "--dtype", "float16")
    assert done.code == 0, done.err
    assert "Checked: onnxruntime gives the same outputs." in done.err
    weights = onnx.load(tmp_path / "m.onnx").graph.initializer
    types = {onnx.TensorProto.DataType.Name(tensor.data_type) for tensor in weights}
    assert "FLOAT16" in types
    assert "FLOAT" not in types


def test_an_onnx_model_of_weights_alone(run, tmp_path):  # noqa: F811
    run("convert", GRU, tmp_path / "m.weights.h5")
    refused = run("convert", tmp_path / "m.weights.h5", tmp_path / "m.onnx")
    assert refused.code == 3
    assert "--like" in refused.err
    assert not (tmp_path / "m.onnx").exists()
    assert run("convert", tmp_path / "m.weights.h5", tmp_path / "m.onnx", "--like", GRU).code == 0
    assert (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize("option", [("--optimizer",), ("--map", "map.yaml")])
def test_without_a_place_in_onnx(option, run, tmp_path):  # noqa: F811
    refused = run("convert", GRU, tmp_path / "m.onnx", *option)
    assert refused.code == 3
    assert f"{option[0]} can't be used here" in refused.err
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize("option", [("--optimizer",), ("--dtype", "float16"), ("--layout", "onnx")])
def test_not_with_a_mapping(option, run, tmp_path):  # noqa: F811
    with formats.open_file(GRU) as file:
        name = file.config["config"]["layers"][-1]["config"]["name"]
    mapping = tmp_path / "map.yaml"
    mapping.write_text(yaml.safe_dump({name: name}))
    arguments = ("convert", GRU, tmp_path / "m.safetensors", "--map", mapping)
    assert run(*arguments).code == 0
    refused = run(*arguments, *option)
    assert refused.code == 3
    assert f"{option[0]} can't be used here" in refused.err


def test_the_type_of_an_old_file(run, tmp_path):  # noqa: F811
    old = FOLDER / "handmade" / "keras2_cudnn_lstm.h5"
    assert run("convert", old, tmp_path / "m.keras", "--dtype", "float64").code == 0
    with formats.open_file(tmp_path / "m.keras") as file:
        assert {info.dtype for info in file.values()} == {"float64"}


@pytest.mark.parametrize("name", ["conv_lstm_2d", "shared_lstm", "bidirectional_two_layers"])
def test_the_architecture_in_an_array_file_tells_its_layers(name, run, tmp_path):  # noqa: F811
    source = FOLDER / "keras3" / f"{name}.keras"
    for target in ("m.safetensors", "m.npz"):
        assert run("convert", source, tmp_path / target).code == 0
        verified = run("verify", source, tmp_path / target, "--json")
        assert verified.code == 0, verified.json["headline"]
        assert run("diff", source, tmp_path / target).code == 0
