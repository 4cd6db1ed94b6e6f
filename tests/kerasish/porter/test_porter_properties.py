"""What holds for any source."""

import ast
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish.porter import check_file, find_files, port_code, port_file
from tests.kerasish.porter.cases import notebook_text, read_cases

ROOT = Path(__file__).resolve().parents[3]
LINES = [
    line
    for case in read_cases()
    if case.is_script and len(case.cells) == 1
    for line in [case.cells[0]]
    if "print keras" not in line
]
WITHOUT_KERAS = [
    path
    for path in sorted((ROOT / "weight_port").rglob("*.py"))
    if not {"keras", "tensorflow", "tf_keras", "kerasish"}
    & {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
]


def test_files_without_keras_keep_their_bytes() -> None:
    assert len(WITHOUT_KERAS) > 50
    for path in WITHOUT_KERAS:
        ported = port_file(path)
        assert ported.data == path.read_bytes(), path
        assert not ported.report.findings, path
        assert ported.report.verdict == "no Keras"


@pytest.mark.parametrize(
    "data",
    [
        b"import keras\r\nx = keras.Input((3,))\r\nimport tensorflow as tf\r\ny = tf.ones(3)\r\n",
        "# -*- coding: latin-1 -*-\nimport keras\nx = 'ü'\n".encode("latin-1"),
        b"\xef\xbb\xbfimport keras\nx = keras.Input((3,))\n",
        b"import keras\x0c\nx = keras.Input((3,))",
    ],
    ids=["line breaks of Windows", "latin-1", "byte order mark", "form feed"],
)
def test_line_breaks_and_encodings_stay(tmp_path, data: bytes) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(data)
    ported = port_file(path)
    expected = data.replace(b"keras", b"kerasish")
    if b"\r\n" in data:
        expected = expected.replace(b"import tensorflow as tf", b"import torch").replace(
            b"tf.ones", b"torch.ones"
        )
    assert ported.data == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=5), st.booleans())
def test_any_sequence_of_cells(cells: list[str], joined: bool) -> None:
    if joined:
        cells = ["\n".join(cells)]
    first = port_code(cells, notebook=True)
    for cell in first.cells:
        ast.parse(cell)
    second = port_code(first.cells, notebook=True)
    assert second.cells == first.cells


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LINES), st.sampled_from(["if True:", "def f():", "class C:", "try:"]))
def test_any_code_in_a_block(code: str, header: str) -> None:
    if '"""' in code:
        return
    body = "\n".join("    " + line for line in code.split("\n"))
    tail = "\nexcept ValueError:\n    pass" if header == "try:" else ""
    source = f"{header}\n{body}{tail}\n"
    if "import *" in source and header != "if True:":
        return
    first = port_code([source], notebook=False)
    ast.parse(first.cells[0])
    assert port_code(first.cells, notebook=False).cells == first.cells


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="keras.tfimport \n()='#%!\\\"ü", max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for notebook in (True, False):
        ported = port_code(["import keras\n", text], notebook=notebook)
        assert len(ported.cells) == 2


def test_hundreds_of_notebooks_in_seconds(tmp_path: Path) -> None:
    text = notebook_text(tuple(case.cells[0] for case in read_cases()[:20]))
    for number in range(100):
        (tmp_path / f"{number}.ipynb").write_text(text, encoding="utf-8")
    start = time.process_time()
    reports = [check_file(path) for path in find_files([tmp_path])]
    assert len(reports) == 100
    assert all(report.ported for report in reports)
    assert time.process_time() - start < 10
