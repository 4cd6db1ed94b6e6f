"""The command, as a user calls it."""

import json
from pathlib import Path
from typing import Any

import pytest

from kerasish.cli import main
from tests.kerasish.porter.cases import notebook_text

WHOLE = "import keras\nx = keras.Input((3,))\n"
PARTLY = "from keras.layers import Dense, JaxLayer\nx = Dense(output_dim=3, foo=1)\n"


def call(capsys: pytest.CaptureFixture, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    out, error = capsys.readouterr()
    return int(ended.value.code or 0), out, error


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_check_lists_places_and_what_to_do(tmp_path, capsys) -> None:
    path = write(tmp_path / "a.ipynb", notebook_text(("import os", PARTLY)))
    code, out, _ = call(capsys, "check", path)
    assert code == 1
    text = " ".join(out.split())
    assert "ports in part (2 uses port, 2 do not)" in text
    assert "cell 2, line 1 keras.layers.JaxLayer" in text
    assert "cell 2, line 2 keras.layers.Dense(foo=)" in text
    assert "leave `foo` out" in text


def test_check_goes_on_after_a_broken_file(tmp_path, capsys) -> None:
    write(tmp_path / "a.ipynb", "{")
    write(tmp_path / "b.py", WHOLE)
    write(tmp_path / "c.py", PARTLY)
    write(tmp_path / "d.py", "x = 1\n")
    code, out, error = call(capsys, "check", tmp_path)
    assert code == 3
    assert "JSON is broken" in error
    assert "4 files: 1 unreadable, 1 ports, 1 ports in part, 1 no Keras" in out
    assert (tmp_path / "c.py").read_text() == PARTLY


def test_check_as_json(tmp_path, capsys) -> None:
    write(tmp_path / "b.py", WHOLE)
    path = write(tmp_path / "c.py", PARTLY)
    code, out, _ = call(capsys, "check", tmp_path, "--json")
    result: dict[str, Any] = json.loads(out)
    assert code == 1
    assert result["total"]["verdicts"] == {"ports": 1, "ports in part": 1}
    assert result["total"]["missing"] == {
        "keras.layers.JaxLayer": 1,
        "keras.layers.Dense(foo=)": 1,
    }
    last = result["files"][1]
    assert last["path"] == str(path)
    assert last["ported"] == {"keras.layers.Dense": 2}
    finding = last["findings"][0]
    assert (finding["cell"], finding["line"], finding["name"]) == (None, 1, "keras.layers.JaxLayer")


def test_check_exits_with_zero_if_all_ports(tmp_path, capsys) -> None:
    assert call(capsys, "check", write(tmp_path / "b.py", WHOLE))[0] == 0


def test_port_writes_beside_and_does_not_replace(tmp_path, capsys) -> None:
    path = write(tmp_path / "a.py", WHOLE)
    assert call(capsys, "port", path)[0] == 0
    ported = tmp_path / "a_kerasish.py"
    assert ported.read_text() == WHOLE.replace("keras", "kerasish")
    assert path.read_text() == WHOLE
    code, _, error = call(capsys, "port", path)
    assert code == 3
    assert "is not to be replaced" in error
    assert call(capsys, "port", path, "--overwrite")[0] == 0


def test_port_in_place_twice(tmp_path, capsys) -> None:
    path = write(tmp_path / "a.ipynb", notebook_text((WHOLE, PARTLY)))
    assert call(capsys, "port", path, "--in-place")[0] == 1
    once = path.read_bytes()
    assert b"# kerasish: keras.layers.JaxLayer" in once
    code, _, error = call(capsys, "port", path, "--in-place")
    assert code == 1
    assert "Wrote" not in error
    assert path.read_bytes() == once


def test_port_without_marks(tmp_path, capsys) -> None:
    path = write(tmp_path / "a.py", PARTLY)
    call(capsys, "port", path, "--in-place", "--no-marks")
    assert "#" not in path.read_text()


def test_port_of_a_folder_into_a_folder(tmp_path, capsys) -> None:
    write(tmp_path / "in" / "a.py", WHOLE)
    write(tmp_path / "in" / "b" / "c.ipynb", notebook_text((WHOLE,)))
    write(tmp_path / "in" / "broken.ipynb", "{}")
    code, _, error = call(capsys, "port", tmp_path / "in", "-o", tmp_path / "out")
    assert code == 3
    assert "no list of cells" in error
    assert (tmp_path / "out" / "a.py").read_text() == WHOLE.replace("keras", "kerasish")
    assert "import kerasish" in (tmp_path / "out" / "b" / "c.ipynb").read_text()
    assert not (tmp_path / "out" / "broken.ipynb").exists()


def test_port_shows_a_difference_and_writes_nothing(tmp_path, capsys) -> None:
    path = write(tmp_path / "a.ipynb", notebook_text(("x = 1", WHOLE)))
    code, out, _ = call(capsys, "port", path, "--diff")
    assert code == 0
    assert f"--- {path}, cell 2" in out
    assert "-import keras\n" in out
    assert "+import kerasish\n" in out
    assert "cell 1" not in out
    assert [one.name for one in tmp_path.iterdir()] == ["a.ipynb"]


def test_wrong_calls(tmp_path, capsys) -> None:
    path = write(tmp_path / "a.py", WHOLE)
    assert call(capsys, "port", path, "-o", tmp_path / "b.py", "--in-place")[0] == 2
    other = write(tmp_path / "other.py", WHOLE)
    assert call(capsys, "port", path, other, "-o", other)[0] == 2
    assert call(capsys, "no-such")[0] == 2
    assert other.read_text() == WHOLE


def test_clear_outputs(tmp_path, capsys) -> None:
    path = write(tmp_path / "a.ipynb", notebook_text((WHOLE,)))
    call(capsys, "port", path, "--in-place", "--clear-outputs")
    cell = json.loads(path.read_text())["cells"][1]
    assert (cell["outputs"], cell["execution_count"]) == ([], None)
