"""The example notebooks as they were with Keras: checked, and ported to what they are."""

from pathlib import Path

import nbformat
import pytest

from kerasish.eject import eject
from kerasish.eject.sources import read_model
from kerasish.porter import check_file, port_file, prove
from kerasish.porter.files import write_file
from tests.examples.notebooks import code_of, read
from tests.examples.test_against_keras import NOTEBOOKS, with_keras

LONG = {"08_forecasting", "09_characters", "10_translation"}


def original(name: str, folder: Path) -> Path:
    """Write a notebook with Keras in its imports."""
    notebook = read(name)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = with_keras(cell.source)
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    assert "kerasish" not in "\n".join(map(with_keras, code_of(name)))
    return path


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_check_and_port(name: str, tmp_path: Path) -> None:
    path = original(name, tmp_path)
    checked = check_file(path)
    assert checked.findings == []
    assert checked.ported
    ported = port_file(path)
    # What the examples know, that no value of theirs has a gradient, the porter can't.
    plain = [cell.replace(".numpy(force=True)", ".numpy()") for cell in ported.cells]
    assert plain == code_of(name)
    target = tmp_path / "ported.ipynb"
    write_file(ported, target)
    written = nbformat.read(target, as_version=4).cells
    assert [cell.id for cell in written] == [cell.id for cell in read(name).cells]
    assert port_file(target).cells == ported.cells


# Long trainings are compared by test_against_keras alone: here they would take minutes.
@pytest.mark.parametrize("name", sorted(NOTEBOOKS.keys() - LONG))
def test_prove(name: str, tmp_path: Path) -> None:
    proof = prove(original(name, tmp_path))
    assert proof.agrees, proof.headline
    assert {cell.verdict.value for cell in proof.cells} == {"agrees"}
    assert sum(len(cell.items) for cell in proof.cells) >= len(NOTEBOOKS[name])


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive:UserWarning")
@pytest.mark.parametrize(
    "name", ["01_lstm_and_gru_returns", "03_bidirectional_states", "11_images"]
)
def test_run_and_eject(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebook runs as it is; `eject` compares the outputs of its model and of the source."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    model = read_model(original(name, tmp_path), "model")
    eject(model, tmp_path / "model.py")
    source = (tmp_path / "model.py").read_text(encoding="utf-8")
    assert "class " in source
    assert "keras" not in "".join(line for line in source.splitlines() if "import" in line)
    assert (tmp_path / "model.safetensors").stat().st_size > 0
