"""Originals on real Keras and their ports, as a user proves them."""

import importlib.util
import json
import sys
from collections import Counter
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from kerasish.porter import ProofError, prove
from kerasish.porter.proof.sides import CellRun, run_side
from tests.kerasish.porter.cases import notebook_of
from tests.kerasish.porter.test_kerasish_command import call

# The kernel's client leaves sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SCRIPT = '''\
"""A script with all that is seeded."""
from __future__ import annotations

import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras

tf.random.set_seed(7)
x = np.random.normal(size=(48, 6, 3)).astype("float32")
y = x.sum((1, 2))[:, None]


def build(units):
    inputs = keras.Input((6, 3))
    states = keras.layers.LSTM(units, recurrent_dropout=0.1)(inputs)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.2)(states)))


def train():
    model = build(4)
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(x, y, epochs=3, batch_size=16, validation_split=0.25)
    return model, history


model, history = train()
letters = list({"a", "b", "c", "d"})

model.summary()
print(model(x[:2]))
print(__file__, sys.argv[0] == __file__)

if __name__ == "__main__":
    sys.exit(0)

raise RuntimeError("never reached")
'''


def test_a_script_agrees(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    options = ("--keras-python", sys.executable, "--json")
    code, out, _ = call(capsys, "port", path, "--prove", *options)
    proof = json.loads(out)["files"][0]["proof"]
    assert [cell["verdict"] for cell in proof["cells"]] == ["agrees"] * len(proof["cells"]), proof
    assert code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "train.py",
        "train_kerasish.py",
        "train_proof.html",
    ]
    items = {item["name"]: item for cell in proof["cells"] for item in cell["items"]}
    assert {"x", "y", "printed text", "training", "model", "history", "letters"} <= set(items)
    # Trained, not copied: rounding shows.
    assert 0 < items["model"]["absolute"] < 1e-4
    assert not [note for cell in proof["cells"] for note in cell["notes"]]
    assert proof["versions"]["original"]["keras"].startswith("3.")
    page = (tmp_path / "train_proof.html").read_text(encoding="utf-8")
    assert page.count("<polyline") == 2 * 4 * 2  # both sides' loss and mae, twice each
    assert "tensorflow.random.set_seed = " in page  # the prelude


CELLS = (
    # Original, port (None: as it is ported), verdict.
    (
        "import keras, time\nimport numpy as np\nimport pandas as pd\nimport tf_keras\n"
        "began = time.time()\nprint('<script>alert(1)</script>')",
        None,
        "agrees",
    ),
    ("!pip install no-such-package-of-kerasish\nx = np.ones((2, 3), 'float32')", None, "agrees"),
    ("pd.DataFrame({'a': [1.5], 'b': ['<b>']})", None, "agrees"),
    (
        "old = tf_keras.Sequential([tf_keras.layers.Dense(4, input_shape=(3,))])\n"
        "old.predict(x, verbose=0)",
        # Weights that are drawn otherwise are copied.
        "kerasish.utils.set_random_seed(9)\n"
        "old = kerasish.Sequential([kerasish.layers.Dense(4, input_shape=(3,))])\n"
        "old.predict(x, verbose=0)",
        "agrees",
    ),
    (
        "keras.utils.set_random_seed(1)\nlayer = keras.layers.Dense(2)\nlayer(x)",
        "kerasish.utils.set_random_seed(1)\n"
        "layer = kerasish.layers.Dense(2)\nlayer(x).detach() * 1.01",
        "differs",
    ),
    ("count = 3", "count = 4", "differs"),
    ("both = 1", "both = 1\nextra = 2", "differs"),
    ("keras.layers.Dense(units=3, init='uniform')", None, "only the port runs"),
    ("keras.ops.ones(2)", "kerasish.no_such_name", "only the original runs"),
    ("1 / 0", None, "both fail"),
    ("1 / 0  # as it should be", None, "agrees"),
    ("", None, "agrees"),
    ("%%time\nx.sum()", None, "agrees"),
    ("both = count > 3", None, "differs"),
    ("print(f'{time.time():.3f} <s>')\n7", "print('0.5 <s>')\n7", "differs"),
    ("taken = round(time.time() - began, 5)\nprint('Elapsed:', taken)", None, "agrees"),
    ("np.random.default_rng().normal(size=3)", None, "agrees"),
)


def test_a_notebook_that_differs(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "a.ipynb"
    notebook = notebook_of(tuple(original for original, _, _ in CELLS))
    for cell in notebook["cells"]:
        if "as it should be" in "".join(cell["source"]):
            cell["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(notebook))
    before = path.read_bytes()
    ported = tmp_path / "mine.ipynb"
    assert call(capsys, "port", path, "-o", ported)[0] == 0
    by_hand = json.loads(ported.read_text())
    code_cells = [cell for cell in by_hand["cells"] if cell["cell_type"] == "code"]
    for cell, (_, changed, _) in zip(code_cells, CELLS, strict=True):
        if changed is not None:
            cell["source"] = changed
    ported.write_text(json.dumps(by_hand))
    report = tmp_path / "r.html"
    options = ("--ported", ported, "--report", report, "--seed", "3", "--json")
    code, out, _ = call(capsys, "port", path, "--prove", *options)
    assert code == 1
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.ipynb", "mine.ipynb", "r.html"]

    proof = json.loads(out)["files"][0]["proof"]
    found = [cell["verdict"] for cell in proof["cells"]]
    assert found == [verdict for _, _, verdict in CELLS], [c["errors"] for c in proof["cells"]]
    assert "3 differ" not in proof["headline"]
    assert "5 differ, 1 run on kerasish alone, 1 run on Keras alone" in proof["headline"]
    cells = proof["cells"]
    assert cells[1]["notes"] == ["Left out: !pip install no-such-package-of-kerasish"]
    assert cells[2]["items"][0]["kind"] == "table 1 x 2"
    assert "The initial weights of old were drawn otherwise" in cells[3]["notes"][0]
    values = {item["name"]: item for item in cells[4]["items"]}
    assert values["displayed value"]["relative"] == pytest.approx(0.01, rel=1e-3)
    assert values["layer"]["state"] == "agrees"
    assert (cells[5]["items"][0]["original"], cells[5]["items"][0]["port"]) == ("3", "4")
    assert [item["name"] for item in cells[6]["items"] if item["state"] == "differs"] == ["extra"]
    assert cells[7]["errors"]["original"][0] == "ValueError"
    assert cells[8]["errors"]["port"][0] == "AttributeError"
    assert cells[8]["items"] == []
    states = Counter(item["state"] for item in cells[14]["items"])
    assert states == {"differs": 1, "agrees": 1}
    assert cells[15]["items"][1]["note"] == "a time"
    page = report.read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page


def run_port(folder: Path, *cells: str, timeout: float = 60) -> list[CellRun]:
    starts = folder / "starts"
    starts.mkdir(exist_ok=True)
    done = run_side(
        list(cells), folder / "a.py", folder, starts, original=False, seed=0, timeout=timeout
    )
    return done.cells


def test_a_cell_that_takes_too_long(tmp_path: Path) -> None:
    first, slow, rest = run_port(tmp_path, "%reset -f", "while True: pass", "y = 2", timeout=1)
    assert first.error is None
    assert slow.error == ("TimeoutError", "The cell took more than 1 seconds")
    assert not rest.ran


def test_a_process_that_dies(tmp_path: Path) -> None:
    cells = ("import os\nos.write(2, b'no more memory\\n')\nos.abort()", "y = 2")
    dead, rest = run_port(tmp_path, *cells)
    assert dead.error is not None
    assert dead.error[0] == "DeadKernelError"
    assert "no more memory" in dead.error[1]
    assert not rest.ran


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    find = importlib.util.find_spec

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name in missing else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)


def test_without_keras(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_text("import keras\n")
    without(monkeypatch, "keras", "tensorflow")
    code, _, error = call(capsys, "port", path, "--prove")
    assert code == 3
    assert "pip install keras tensorflow, or name a Python that has it" in " ".join(error.split())
    assert "Received: no keras, tensorflow" in " ".join(error.split())
    assert [one.name for one in tmp_path.iterdir()] == ["a.py"]
    without(monkeypatch, "nbclient")
    with pytest.raises(ProofError, match=r"pip install 'kerasish\[prove\]'. Received: no nbclient"):
        prove(path)


def test_another_python_without_keras(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("import keras\n")
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho tensorflow ipykernel\n")
    python.chmod(0o755)
    with pytest.raises(ProofError, match="pip install tensorflow ipykernel, or name") as raised:
        prove(path, keras_python=python)
    assert f"in {python}" in str(raised.value)
    with pytest.raises(ProofError, match="This Python does not run"):
        prove(path, keras_python=tmp_path / "none")
    python.write_text("#!/bin/sh\n[ $1 = -c ] || { echo no kernel here >&2; exit 1; }\n")
    with pytest.raises(ProofError, match="The side of the original does not start") as raised:
        prove(path, keras_python=python)
    assert "no kernel here" in str(raised.value)


def test_files_without_keras_are_not_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "broken.ipynb").write_text("{")
    (tmp_path / "data.py").write_text("raise SystemExit('it was run')\n")
    target = tmp_path / "out"
    code, _, error = call(capsys, "port", tmp_path, "-o", target, "--prove", "--report", target)
    assert code == 3
    assert "JSON is broken" in error
    assert [one.name for one in target.iterdir()] == ["data.py"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--report", "r.html"], "go with --prove"),
        (["--prove", "--report", "r.txt"], "ends with .html"),
        (["--prove", "--ported", "b.py", "b.py"], "--ported goes with one file"),
    ],
)
def test_wrong_calls(
    tmp_path: Path, capsys: pytest.CaptureFixture, options: list[Any], said: str
) -> None:
    path = tmp_path / "a.py"
    path.write_text("import keras\n")
    code, _, error = call(capsys, "port", path, *options)
    assert code == 2
    assert said in " ".join(error.replace("│", " ").split())
