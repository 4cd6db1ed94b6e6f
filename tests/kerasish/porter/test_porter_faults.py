"""Files that can't be ported: each says why, and the others go on."""

import json
import os
from pathlib import Path

import pytest

from kerasish.porter import PorterError, check_file, find_files, port_file, write_file
from tests.kerasish.porter.cases import notebook_of, notebook_text

PORTED = "import keras\nx = keras.Input((3,))\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed(**members: object) -> str:
    return json.dumps({**notebook_of(("import keras",)), **members})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "JSON is broken"),
        ("{", "JSON is broken"),
        ('{"cells": [}', "JSON is broken"),
        ('{"cells" 3}', "a colon is expected at character 9"),
        ('{"cells": [] "a": 3}', "a comma or '}' is expected at character 13"),
        ("[]", "an object is expected at character 0"),
        ('"text"', "JSON is broken"),
        ("import keras\n", "JSON is broken"),
        ("[" * 100_000, "JSON is broken"),
        ('{"a": ' + "[" * 100_000, "JSON is broken"),
        ("{}", r"no list of cells. Received: \[\]"),
        (changed(cells={}), "no list of cells"),
        (changed(cells=[{"cell_type": "code"}]), "has no source"),
        (changed(cells=[{"cell_type": "code", "source": [3]}]), "has no source"),
        (changed(nbformat=3), "old format.*nbconvert.*Received: format 3"),
        (json.dumps({"worksheets": [], "nbformat": 3}), "old format"),
        (changed(metadata={"kernelspec": {"language": "R"}}), "not in Python. Received: R"),
        (changed(metadata={"language_info": {"name": "julia"}}), "Received: julia"),
    ],
)
def test_files_that_are_no_notebooks_of_python(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "a.ipynb", text)
    with pytest.raises(PorterError, match=message):
        port_file(path)
    report = check_file(path)
    assert report.verdict == "unreadable"
    assert report.error
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"# coding: no-such\nimport keras\n", "unknown encoding"),
        (b"import keras\nx = '\xff'\n", "can't be read"),
        (b"import keras\x00\n", "null"),
    ],
)
def test_scripts_that_are_no_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    report = check_file(path)
    said = report.error + "".join(finding.advice for finding in report.findings)
    assert message in said


def test_other_files_and_files_that_are_not_there(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "import keras")
    with pytest.raises(PorterError, match=r"Scripts \(.py\) and notebooks .*Received: .*a.txt"):
        port_file(path)
    assert "No such file" in check_file(tmp_path / "none.py").error


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.py", PORTED)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "Permission denied" in check_file(path).error


def test_lone_surrogates_stay(tmp_path: Path) -> None:
    text = changed().replace('"import keras"', "\"x = '\\ud83d'\\nimport keras\"")
    path = write(tmp_path, "a.ipynb", text)
    report = check_file(path)
    assert [finding.name for finding in report.findings] == ["the cell"]
    assert port_file(path).after == text


def test_numbers_and_repeated_keys_of_json_stay(tmp_path: Path) -> None:
    text = (
        '{"nbformat": 4, "cells": [ {"cell_type":"code", "source":"import keras",\n'
        '"metadata": {"a": 1.0e5, "a": 1E400, "b": "\\u00e9"}, "outputs": []}\t],  '
        '"metadata": {"x": 0.10000000000000000001}}'
    )
    path = write(tmp_path, "a.ipynb", text)
    assert port_file(path).after == text.replace("import keras", "import kerasish")


def test_ascii_stays_ascii(tmp_path: Path) -> None:
    text = json.dumps(notebook_of(("import keras\nx = 'ü'",)), ensure_ascii=True)
    path = write(tmp_path, "a.ipynb", text)
    assert (
        port_file(path).data
        == text.replace('"import keras\\n", "x', '"import kerasish\\n", "x').encode()
    )


def test_huge_outputs(tmp_path: Path) -> None:
    notebook = notebook_of((PORTED,))
    notebook["cells"][1]["outputs"][0]["text"] = ["0123456789\n" * 10] * 100_000
    path = write(tmp_path, "a.ipynb", json.dumps(notebook, indent=1))
    ported = port_file(path)
    assert abs(len(ported.data) - path.stat().st_size) < 10
    assert ported.report.verdict == "ports"


def test_links(tmp_path: Path) -> None:
    target = write(tmp_path, "real/a.py", PORTED)
    (tmp_path / "folder").mkdir()
    link = tmp_path / "folder" / "link.py"
    link.symlink_to(target)
    (tmp_path / "folder" / "loop").symlink_to(tmp_path / "folder")
    (tmp_path / "folder" / "broken.py").symlink_to(tmp_path / "nothing.py")
    found = list(find_files([tmp_path / "folder"]))
    assert [path.name for path in found] == ["broken.py", "link.py"]
    assert "No such file" in check_file(found[0]).error
    write_file(port_file(link), link, overwrite=True)
    assert link.is_symlink()
    assert target.read_text() == PORTED.replace("keras", "kerasish")


def test_folders(tmp_path: Path) -> None:
    wanted = [write(tmp_path, name, PORTED) for name in ("a.py", "b/c.py", "b/d.ipynb")]
    for name in (".hidden/a.py", "b/.ipynb_checkpoints/d.ipynb", "__pycache__/a.py", "b/e.txt"):
        write(tmp_path, name, PORTED)
    assert list(find_files([tmp_path])) == wanted


def test_writing_replaces_only_when_asked(tmp_path: Path) -> None:
    path = write(tmp_path, "a.py", PORTED)
    os.chmod(path, 0o640)
    ported = port_file(path)
    with pytest.raises(FileExistsError):
        write_file(ported, path)
    assert path.read_text() == PORTED
    write_file(ported, path, overwrite=True)
    assert path.read_text() == PORTED.replace("keras", "kerasish")
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["a.py"]


def test_the_language_of_a_notebook_may_be_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ipynb", changed(metadata={}))
    assert check_file(path).verdict == "ports"
    assert notebook_text(("import kerasish",)) != path.read_text()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe(tmp_path: Path) -> None:
    """Reading one would wait for ever."""
    os.mkfifo(tmp_path / "pipe.py")
    write(tmp_path, "file.py", PORTED)
    assert [path.name for path in find_files([tmp_path])] == ["file.py"]
    with pytest.raises(PorterError, match=r"not a regular file\. Received: .*pipe\.py"):
        port_file(tmp_path / "pipe.py")
    assert "not a regular file" in str(check_file(tmp_path / "pipe.py").error)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("fit(x, y, nb_epoch=2, workers=3, max_q_size=3, **more)", []),
        ("fit(x, y, zzz=2, show_accuracy=True)", ["fit(show_accuracy=)", "fit(zzz=)"]),
        (
            "fit_generator(g, samples_per_epoch=10, nb_epoch=3)",
            ["fit_generator(samples_per_epoch=)"],
        ),
        ("evaluate(x, y, show_accuracy=True, verbose=0)", ["evaluate(show_accuracy=)"]),
        ("compile('sgd', 'mse', sample_weight_mode=None, zzz=3)", ["compile(zzz=)"]),
        ("save('x', overwrite=True, include_optimizer=False, save_format='h5')", []),
        ("load_weights('x', by_name=True)", []),
        ("summary(line_length=3, foo=3)", ["summary(foo=)"]),
    ],
)
def test_arguments_of_the_methods_of_models(tmp_path: Path, call: str, names: list[str]) -> None:
    code = f"import keras\nm = keras.Sequential()\nm.{call}\n"
    found = check_file(write(tmp_path, "file.py", code)).findings
    assert sorted(one.name for one in found) == [f"Model.{name}" for name in names]
