"""The commands on golden files: what they print, write and end with."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from kerasish.models import load_model
from tests.golden.index import FOLDER
from tests.weight_port.cli.running import run  # noqa: F401
from weight_port import formats

BIDIRECTIONAL = FOLDER / "keras3" / "bidirectional_concat.keras"
OLD = FOLDER / "handmade" / "keras2_bidirectional_cudnn_gru.h5"
GRU = FOLDER / "keras3" / "gru_reset_after.keras"


def test_inspect(run):  # noqa: F811
    shown = run("inspect", BIDIRECTIONAL)
    assert shown.code == 0
    assert "bidirectional/forward_layer" in shown.out
    assert "keras file of Keras 3.15.1; with architecture" in shown.out
    found = run("inspect", BIDIRECTIONAL, "--json").json
    assert found["format"] == "keras"
    assert found["layers"][0]["class"] == "LSTM"
    assert found["layers"][0]["weights"]["kernel"]["dtype"] == "float32"
    model = load_model(BIDIRECTIONAL)
    assert found["parameters"] == model.count_params()
    assert found["bytes"] == 4 * model.count_params()


@pytest.mark.parametrize(
    "name", ["m.safetensors", "m.pt", "m.npz", "m.weights.h5", "m.h5", "m.safetensors.index.json"]
)
def test_convert_and_verify(name, run, tmp_path):  # noqa: F811
    target = tmp_path / name
    done = run("convert", BIDIRECTIONAL, target)
    assert (done.code, done.err) == (0, "")
    assert f"Wrote {target}" in done.out
    assert run("verify", BIDIRECTIONAL, target).code == 0
    assert run("diff", BIDIRECTIONAL, target).code == 0
    inspected = run("inspect", target, "--json")
    assert inspected.code == 0
    back = run("convert", target, tmp_path / "back.keras", "--like", BIDIRECTIONAL, "--json")
    assert back.json["target_format"] == "keras"
    for one, two in zip(
        load_model(tmp_path / "back.keras").get_weights(),
        load_model(BIDIRECTIONAL).get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)


def test_a_plain_torch_module_reads_what_convert_wrote(run, tmp_path):  # noqa: F811
    run("convert", BIDIRECTIONAL, tmp_path / "m.pt")
    model = load_model(BIDIRECTIONAL)
    names = [layer.name for layer in model.layers if layer.weights]

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            units = model.get_layer(names[0]).forward_layer.units
            features = model.input_shape[-1]
            lstm = torch.nn.LSTM(features, units, batch_first=True, bidirectional=True)
            setattr(self, names[0], lstm)

        def forward(self, x):
            return getattr(self, names[0])(x)[0]

    assert len(names) == 1
    plain = Plain()
    plain.load_state_dict(torch.load(tmp_path / "m.pt", weights_only=True))
    x = torch.randn(2, 5, model.input_shape[-1], generator=torch.Generator().manual_seed(0))
    expected = model(x)
    assert expected.ndim == 3, "the golden model returns sequences"
    torch.testing.assert_close(plain(x), expected, rtol=1e-5, atol=1e-6)


def test_verify_finds_a_wrong_gate_order(run, tmp_path):  # noqa: F811
    run("convert", GRU, tmp_path / "good.npz")
    with formats.open_file(tmp_path / "good.npz") as file:
        arrays = file.read_all()
    for name, array in arrays.items():
        if "gru" in name:
            reset, update, new = np.split(array, 3)
            arrays[name] = np.concatenate([update, reset, new])
    np.savez(tmp_path / "wrong.npz", **arrays)
    done = run("verify", GRU, tmp_path / "wrong.npz", "--html", tmp_path / "report.html")
    assert done.code == 1
    assert "gate" in done.out.lower()
    page = (tmp_path / "report.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "gru" in page
    told = run("verify", GRU, tmp_path / "wrong.npz", "--json").json
    assert not told["good"]
    assert [cause["hypothesis"] for cause in told["diagnoses"]][:1] == ["gate_order"]


def test_verify_in_real_keras_and_with_given_inputs(run, tmp_path):  # noqa: F811
    with np.load(FOLDER / "keras3" / "gru_reset_after.npz") as data:
        np.savez(tmp_path / "inputs.npz", x=data["input_0"])
    done = run(
        "verify", GRU, GRU, "--run-b", "keras", "--inputs", tmp_path / "inputs.npz", "--json"
    )
    assert done.code == 0
    assert done.json["outputs"]["layers"]
    assert run("verify", GRU, GRU, "--run-b", "caffe").code == 3


def test_diff(run, tmp_path):  # noqa: F811
    model = load_model(GRU)
    weights = model.get_weights()
    weights[0] = weights[0].copy()
    weights[0][0, 0] += 1e-6
    model.set_weights(weights)
    model.save(tmp_path / "changed.keras")
    done = run("diff", GRU, tmp_path / "changed.keras", "--json")
    assert done.code == 1
    assert [entry["weight"] for entry in done.json["weights"]] == ["kernel"]
    other = run("diff", GRU, FOLDER / "keras3" / "gru_backwards.keras")
    assert other.code == 1
    assert "go_backwards" in other.out


def test_map_and_convert_by_it(run, tmp_path, monkeypatch):  # noqa: F811
    (tmp_path / "tagger_of_a_user.py").write_text(
        "import torch\n"
        "class Tagger(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.encoder = torch.nn.LSTM(3, 4, batch_first=True, bidirectional=True)\n"
    )
    monkeypatch.chdir(tmp_path)
    features = load_model(BIDIRECTIONAL).input_shape[-1]
    units = load_model(BIDIRECTIONAL).layers[1].forward_layer.units
    text = (tmp_path / "tagger_of_a_user.py").read_text()
    (tmp_path / "tagger_of_a_user.py").write_text(text.replace("(3, 4", f"({features}, {units}"))
    done = run("map", BIDIRECTIONAL, "--module", "tagger_of_a_user:Tagger", "-o", "map.yaml")
    assert done.code == 0
    assert "encoder" in (tmp_path / "map.yaml").read_text()
    for wrong in ("nothing", "tagger_of_a_user:Nothing", "no_module_of_that_name:X", "os:getcwd"):
        refused = run("map", BIDIRECTIONAL, "--module", wrong)
        assert refused.code == 3
        assert "Received" in refused.err
    # Weights of a user's own names into an architecture, by a mapping.
    run("convert", BIDIRECTIONAL, tmp_path / "m.npz")
    with formats.open_file(tmp_path / "m.npz") as file:
        renamed = {f"core.{key.partition('.')[2]}": file.read(key) for key in file}
    np.savez(tmp_path / "own.npz", **renamed)
    layer = load_model(BIDIRECTIONAL).layers[1].name
    (tmp_path / "own.yaml").write_text(f"{layer}: core\n")
    arguments = ("--map", "own.yaml", "--like", BIDIRECTIONAL)
    done = run("convert", "own.npz", "own.keras", *arguments)
    assert done.code == 0, done.err
    assert run("verify", BIDIRECTIONAL, "own.keras").code == 0


def test_onnx(run, tmp_path):  # noqa: F811
    done = run("convert", OLD, tmp_path / "m.onnx", "--json")
    assert done.code == 0, done.err
    assert done.json["checked"]
    refused = run("convert", OLD, tmp_path / "m.onnx", "--no-overwrite")
    assert refused.code == 3
    assert "not to be replaced" in refused.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("inspect", "nothing.keras"), 3, "There is no such file"),
        (("inspect", __file__), 3, "no model file of a known format"),
        (("convert", BIDIRECTIONAL, "no/folder/m.npz"), 3, "no folder"),
        (("convert", BIDIRECTIONAL, "m.tflite"), 3, "ending of a file's name"),
        (("convert", BIDIRECTIONAL, "m.npz", "--layout", "caffe"), 3, "caffe"),
        (("convert", BIDIRECTIONAL), 2, "Missing argument"),
        (("verify", BIDIRECTIONAL, BIDIRECTIONAL, "--rtol", "x"), 2, "rtol"),
        (("nonesuch",), 2, "No such command"),
    ],
)
def test_wrong_calls(arguments, code, message, run, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.code == code
    assert message in done.err
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


def test_names_from_files_do_not_command_the_terminal(run, tmp_path):  # noqa: F811
    np.savez(tmp_path / "m.npz", **{"\x1b[31mred[bold]": np.zeros(2)})
    shown = run("inspect", tmp_path / "m.npz")
    assert "\x1b" not in shown.out
    assert "\\x1b" in shown.out
    assert "[bold]" in shown.out


def test_help_has_examples(run):  # noqa: F811
    for command in ("inspect", "convert", "verify", "diff", "map"):
        shown = run(command, "--help")
        assert shown.code == 0
        assert f"weight-port {command}" in shown.out
        assert "For example" in shown.out


def test_the_installed_command():
    done = subprocess.run(
        [sys.executable, "-c", "from weight_port.cli import main; main()", "inspect", OLD],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "CuDNNGRU" in done.stdout
