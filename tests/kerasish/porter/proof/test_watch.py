"""What is seen of a notebook while it runs, and which initial weights are copied."""

import ast
import builtins
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kerasish
from kerasish.porter.proof.inside import encode
from kerasish.porter.proof.inside.watch import Watch, _Between

X = np.linspace(0, 1, 24, dtype="float32").reshape(8, 3)


class Side:
    """A kernel's shell, as far as it is needed."""

    def __init__(self, folder: Path, *, copy: bool) -> None:
        starts = folder / "starts"
        self.folder = folder / ("port" if copy else "original")
        for one in (starts, self.folder):
            one.mkdir(exist_ok=True)
        self.user_ns: dict[str, Any] = {"Out": {}, "X": X, "kerasish": kerasish}
        self.ast_transformers: list[ast.NodeTransformer] = []
        self.execution_count = 2
        self.watch = Watch(self, str(self.folder), str(starts), copy, encode)
        self.count = 0

    def run(self, code: str) -> dict[str, Any]:
        """Run a cell; what was seen."""
        tree = ast.parse(code)
        for one in self.ast_transformers:
            tree = one.visit(tree)
        exec(compile(tree, "<cell>", "exec"), self.user_ns)
        self.count += 1
        self.watch.snapshot(self.count)
        return json.loads((self.folder / f"{self.count}.json").read_text())


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    # What a side changes in its process is undone.
    monkeypatch.setattr(builtins, "_kerasish_proof_seen", None, raising=False)
    for root in ("keras", "tf_keras", "kerasish"):
        if root in sys.modules:
            history = sys.modules[root].callbacks.History
            monkeypatch.setattr(history, "on_train_begin", history.on_train_begin)

    def run(original: str, port: str) -> tuple[Side, Side, dict[str, Any]]:
        first = Side(tmp_path, copy=False)
        first.run(original)
        second = Side(tmp_path, copy=True)
        return first, second, second.run(port)

    return run


BUILD = "model = kerasish.Sequential([kerasish.Input((3,)), kerasish.layers.Dense(2)])\n"
FIT = "model.compile('sgd', 'mse')\nmodel.fit(X, X[:, :2], verbose=0)\n"
TRAIN = f"def train():\n    {BUILD}    model.compile('sgd', 'mse')\n"
TRAIN += "    model.fit(X, X[:, :2], verbose=0)\n    return model\nmodel = train()"


def seeded(seed: int, code: str) -> str:
    return f"kerasish.utils.set_random_seed({seed})\n{code}"


@pytest.mark.parametrize(
    "code",
    [
        BUILD,
        BUILD + FIT,  # copied before the training of the same cell
        TRAIN,  # and before one in a function
        f"models = []\nfor _ in range(2):\n    {BUILD}    models.append(model)\nx = 1",
        "layer = kerasish.layers.LSTM(4)\ny = layer(X[None])\ny = layer(X[None])",
        f"{BUILD}whole = kerasish.Sequential([kerasish.Input((3,)), model])",
    ],
)
def test_weights_that_were_drawn_otherwise_are_copied(both: Any, code: str) -> None:
    first, second, seen = both(seeded(1, code), seeded(2, code))
    name = next(name for name in ("whole", "models", "model", "layer") if name in first.user_ns)
    ones, others = first.user_ns[name], second.user_ns[name]
    if not isinstance(ones, list):
        ones, others = [ones], [others]
    for one, other in zip(ones, others, strict=True):
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-6, atol=1e-7)
    assert "were drawn otherwise" in seen["notes"][0]


@pytest.mark.parametrize(
    ("original", "port"),
    [
        (BUILD, BUILD),
        # Differences of a training, or of what was loaded, stay.
        (TRAIN, TRAIN.replace("verbose=0", "verbose=0, epochs=2")),
        (
            BUILD + "model.set_weights([np_ones, np_ones[0]])",
            BUILD + "model.set_weights([np_ones * 1.01, np_ones[0]])",
        ),
        (BUILD + "x = 1\nmodel.set_weights([np_ones, np_ones[0]])\nx = 2", BUILD + "x = 1"),
    ],
)
def test_differences_of_other_causes_stay(both: Any, original: str, port: str) -> None:
    setup = "import numpy\nnp_ones = numpy.ones((3, 2))\nimport kerasish\n"
    start = f"def make():\n    {BUILD}    return model\n"
    first, second, seen = both(setup + start + seeded(1, original), setup + start + seeded(1, port))
    assert not seen["notes"]
    if original != port:
        gap = first.user_ns["model"].get_weights()[0] - second.user_ns["model"].get_weights()[0]
        assert np.abs(gap).max() > 1e-4


def test_a_layer_may_raise_anything(both: Any) -> None:
    odd = "class Odd(kerasish.layers.Layer):\n    def get_weights(self):\n        1 / 0\n"
    _, _, seen = both("x = 1", odd + "odd = Odd()\nx = 2\nx = 3")
    said = "The initial weights of odd can't be read: ZeroDivisionError: division by zero"
    assert seen["notes"] == [said]
    assert seen["variables"]["odd"]["kind"] == "other"


def test_other_shapes_are_told(both: Any) -> None:
    _, _, seen = both(BUILD, BUILD.replace("Dense(2)", "Dense(5)"))
    assert seen["notes"] == ["The initial weights of model have other shapes; none was copied"]


def test_variables_and_trainings(both: Any) -> None:
    _, side, _ = both("x = 1", BUILD + FIT)
    seen = side.run("count = 1\nmade = [1.5, 2.5]\n_hidden = 2")
    assert set(seen["variables"]) == {"count", "made"}
    assert seen["trainings"] == []
    seen = side.run("made[0] = 1.0\ndel count\nmodel.fit(X, X[:, :2], verbose=0, epochs=2)")
    # A training changes the model's weights; what was not touched is left out.
    assert set(seen["variables"]) == {"made", "model"}
    assert seen["gone"] == ["count"]
    assert [dict(one["items"])["loss"]["shape"] for one in seen["trainings"]] == [[2]]


def test_a_cell_keeps_its_last_value_and_its_future() -> None:
    code = '"words"\nfrom __future__ import annotations\nx = 1\nif x:\n    y = 2\nx'
    tree = _Between().visit(ast.parse(code))
    compile(tree, "<cell>", "exec")
    assert isinstance(tree.body[-1], ast.Expr)
    assert ast.unparse(tree).count("_kerasish_proof_seen()") == 2


def test_layers_of_other_makers_are_not_taken_for_models() -> None:
    assert not encode.has_weights(SimpleNamespace(get_weights=1, set_weights=1, call=1))
    assert encode.has_weights(kerasish.layers.Dense(2))
