"""What runs on both sides: cells beside their ports, paragraphs of scripts."""

import ast
import json
from pathlib import Path

import pytest

from kerasish.porter import PorterError, port_file
from kerasish.porter.proof.cells import Pair, pairs_of
from tests.kerasish.porter.cases import notebook_of, notebook_text, read_cases

SCRIPT = '''\
"""What it does."""
from __future__ import annotations

import keras
import numpy as np

# The model.
@decorated
def build():

    return keras.Sequential()
x = """

text"""

model = build()
if True:

    model.summary()
'''


def pairs(path: Path, text: str, other: str | None = None) -> list[Pair]:
    path.write_text(text, encoding="utf-8")
    return pairs_of(port_file(path), other)


def test_paragraphs_of_a_script(tmp_path: Path) -> None:
    found = pairs(tmp_path / "a.py", SCRIPT)
    assert [pair.line for pair in found] == [1, 4, 7, 16]
    assert "\n\n".join(pair.original for pair in found) == SCRIPT.rstrip()
    assert [pair.port for pair in found] == [
        pair.original.replace("keras", "kerasish") for pair in found
    ]


def test_a_script_and_a_port_that_was_changed_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SCRIPT)
    other = port_file(path).after.replace("import numpy as np", "import numpy as np\nimport torch")
    other = other.replace("if True:\n\n    model.summary()", "model.summary()\n\nprint(1)")
    found = pairs(path, SCRIPT, other)
    assert "\n\n".join(pair.port for pair in found) == other.rstrip()
    assert [pair.line for pair in found][:3] == [1, 4, 7]
    assert found[1].port == "import kerasish\nimport numpy as np\nimport torch"
    assert "model.summary()" in found[-1].port


def spaced(code: str) -> str:
    """A script with an empty line above each statement."""
    lines = code.splitlines()
    for line in sorted({node.lineno for node in ast.parse(code).body}, reverse=True):
        lines.insert(line - 1, "")
    return "\n".join(lines) + "\n"


def test_every_golden_script_is_cut_where_its_port_is(tmp_path: Path) -> None:
    """The paragraphs together are the script, on both sides."""
    count = 0
    for case in read_cases():
        if not case.is_script:
            continue
        text = spaced("\n".join(case.cells))
        path = tmp_path / "a.py"
        found = pairs(path, text)
        assert "".join("".join(p.original.split()) for p in found) == "".join(text.split())
        after = port_file(path).after
        assert "".join("".join(p.port.split()) for p in found) == "".join(after.split()), case.name
        count += len(found) > 1
    assert count > 20


def test_cells_of_a_notebook(tmp_path: Path) -> None:
    notebook = notebook_of(("import keras", "1 / 0"))
    notebook["cells"][-1]["metadata"]["tags"] = ["raises-exception"]
    path = tmp_path / "a.ipynb"
    found = pairs(path, json.dumps(notebook))
    assert found == [Pair("import keras", "import kerasish"), Pair("1 / 0", "1 / 0", None, True)]
    other = notebook_text(("import kerasish", "2"))
    assert [pair.port for pair in pairs_of(port_file(path), other)] == ["import kerasish", "2"]
    with pytest.raises(PorterError, match=r"as many code cells\. Received: 2 and 1"):
        pairs_of(port_file(path), notebook_text(("1",)))


def test_a_script_that_is_no_python(tmp_path: Path) -> None:
    with pytest.raises(PorterError, match="The script is not Python"):
        pairs(tmp_path / "a.py", "print 1\n")
