"""`kerasish eject` on model files, notebooks and scripts."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
import torch

from kerasish.cli import main
from kerasish.eject.proof import import_file
from kerasish.eject.sources import choose_model
from tests.golden import index

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SCRIPT = """
import tensorflow as tf
from tensorflow.keras import layers

inputs = tf.keras.Input((4,))
hidden = layers.Dense(3, activation="relu", name="hidden")(inputs)
encoder = tf.keras.Model(inputs, hidden, name="the_encoder")
classifier = tf.keras.Model(inputs, layers.Dense(2, name="scores")(hidden))
same = classifier
_private = tf.keras.Sequential([layers.Dense(1)])
"""


def eject(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run the command; return its exit code and what it prints."""
    with pytest.raises(SystemExit) as ended:
        main(["eject", *map(str, words)])
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


def script(folder: Path) -> Path:
    path = folder / "train.py"
    path.write_text(SCRIPT)
    return path


def notebook(folder: Path) -> Path:
    path = folder / "train.ipynb"
    cells = [nbformat.v4.new_code_cell(part) for part in SCRIPT.split("\n\n")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_model_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "net.py"
    code, printed, notes = eject(capsys, index.FOLDER / "keras3/conv1d_lstm.keras", "-o", out)
    assert code == 0, notes
    assert "Net gives the model's outputs" in printed
    names = {"net.py", "net.safetensors", "test_net.py", "test_net.npz"}
    assert {one.name for one in tmp_path.iterdir()} == names
    assert all(name in notes for name in names)
    assert import_file(out).load()(torch.zeros(2, 8, 3)).shape == (2, 2)


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "net.py"
    options = ["-o", out, "--json", "--class-name", "WordModel"]
    code, printed, _ = eject(capsys, index.FOLDER / "keras3/lstm_stacked.h5", *options)
    assert code == 0
    told = json.loads(printed)
    assert told["class"] == "WordModel"
    assert told["difference"] < 1e-6
    assert Path(told["weights"]).exists()
    path = script(tmp_path)
    path.write_text(f"{SCRIPT}\nprint('trained')\n")
    options = ["-o", tmp_path / "other.py", "--json", "--model", "encoder"]
    code, printed, notes = eject(capsys, path, *options)
    assert code == 0
    assert json.loads(printed)["class"] == "TheEncoder"
    assert "trained" in notes


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = index.FOLDER / "keras3/lstm_stacked.keras", tmp_path / "net.py"
    out.write_text("mine")
    code, _, said = eject(capsys, source, "-o", out)
    assert (code, out.read_text()) == (3, "mine")
    assert "--overwrite" in said
    assert eject(capsys, source, "-o", out, "--overwrite")[0] == 0
    assert out.read_text() != "mine"


def test_a_model_with_obstacles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = index.FOLDER / "keras3/lstm_stateful.keras"
    code, _, said = eject(capsys, source, "-o", tmp_path / "net.py")
    assert code == 3
    assert "layer 'lstm' (LSTM): keeps its states from call to call" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("make", [script, notebook])
def test_code_with_several_models(make, tmp_path: Path, capsys) -> None:
    path, out = make(tmp_path), tmp_path / "net.py"
    code, _, said = eject(capsys, path, "-o", out)
    assert code == 3
    assert "encoder (Functional, 2 layers, 15 weights), classifier (Functional, 3 layers" in said
    code, _, said = eject(capsys, path, "-o", out, "--model", "decoder")
    assert code == 3
    assert "makes no model of that name. Its models: encoder" in said
    assert not out.exists()
    assert eject(capsys, path, "-o", out, "--model", "classifier")[0] == 0
    assert set(import_file(out).load().state_dict()) == {
        f"{layer}.{kind}" for layer in ("hidden", "scores") for kind in ("weight", "bias")
    }
    # By its own name, too.
    assert eject(capsys, path, "-o", out, "--overwrite", "--model", "the_encoder")[0] == 0
    assert "class TheEncoder(nn.Module):" in out.read_text()


@pytest.mark.parametrize(
    "name",
    [
        "01_lstm_and_gru_returns",
        "03_bidirectional_states",
        "04_states_over_time",
        "05_port_weights_to_torch",
    ],
)
def test_the_examples(name: str, tmp_path: Path, capsys, monkeypatch) -> None:
    """The notebooks whose models train for less than a second."""
    monkeypatch.chdir(tmp_path)
    code, printed, said = eject(capsys, EXAMPLES / f"{name}.ipynb", "-o", tmp_path / "net.py")
    assert code == 0, said
    assert "Net gives the model's outputs" in printed


def test_files_that_are_no_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    code, _, said = eject(capsys, tmp_path / "empty.py", "-o", tmp_path / "net.py")
    assert code == 3
    assert "leaves no Functional or Sequential model" in said
    code, _, said = eject(capsys, tmp_path / "none.keras", "-o", tmp_path / "net.py")
    assert code == 3
    assert "none.keras" in said
    source = index.FOLDER / "keras3/lstm_stacked.keras"
    code, _, said = eject(capsys, source, "--model", "a", "-o", tmp_path / "net.py")
    assert code == 3
    assert "--model is for notebooks and scripts" in said


def test_models_of_other_classes_are_counted() -> None:
    import kerasish

    class Own(kerasish.Model):
        pass

    with pytest.raises(ValueError, match=r"Received: 1 models of other classes \['mine'\]"):
        choose_model({"mine": Own(), "x": 3}, None, "train.py")
