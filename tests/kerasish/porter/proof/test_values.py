"""Values as nodes, and nodes compared."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import kerasish
from kerasish.porter.proof.inside import encode
from kerasish.porter.proof.results import Item, State
from kerasish.porter.proof.values import Comparer
from weight_port.verify import Tolerance


def compare(original: Any, port: Any, rtol: float = 1e-3) -> Item:
    encoders = encode.Encoder("1_a"), encode.Encoder("1_b")
    nodes = [one.encode(value) for one, value in zip(encoders, (original, port), strict=True)]
    # As they come back from a file.
    nodes = json.loads(json.dumps(nodes))
    comparer = Comparer(Tolerance(rtol, rtol / 1000), encoders[0].arrays, encoders[1].arrays)
    return comparer.item("x", nodes[0], nodes[1])


def dense(value: float) -> kerasish.layers.Dense:
    layer = kerasish.layers.Dense(2, kernel_initializer="ones")
    layer.build((None, 3))
    layer.set_weights([np.full((3, 2), value), np.zeros(2)])
    return layer


ARRAY = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")


@pytest.mark.parametrize(
    ("original", "port"),
    [
        (ARRAY, ARRAY + 1e-4),
        (ARRAY, torch.tensor(ARRAY, requires_grad=True)),
        (torch.ones(2, dtype=torch.bfloat16), np.ones(2, "float32")),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        # What is small beside the others is rounded like them.
        (np.array([1.0, 1e-6]), np.array([1.0, 5e-4])),
        (1.0, np.float32(1.0001)),
        (3, np.int64(3)),
        ([1.0, 2, 3.5], [1.0, 2.0, 3.5]),
        ({"a": [1, "b"], "c": None}, {"c": None, "a": [1, "b"]}),
        ({1, 2, 3}, {3, 2, 1}),
        (b"text", "text"),
        (np.array([b"a", b"b"], object), np.array(["a", "b"], object)),
        (np.array(["a", "bc"]), np.array(["a", "bc"])),
        (np.array(["2026-01-01"], "datetime64[D]"), np.array(["2026-01-01"], "datetime64[D]")),
        (pd.DataFrame({"a": [1.0], "b": ["x"]}), pd.DataFrame({"a": [1.0001], "b": ["x"]})),
        (pd.Series([1, 2]), np.array([1, 2])),
        (np.random.default_rng(1), np.random.default_rng(1)),
        (dense(1.0), dense(1.0001)),
        (torch.nn.Flatten(), torch.nn.Flatten()),
        (kerasish.Input((3,)), kerasish.Input((3,))),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_agree(original: Any, port: Any) -> None:
    assert compare(original, port).state is State.AGREE


@pytest.mark.parametrize(
    ("original", "port", "where", "note"),
    [
        (ARRAY, ARRAY + np.array([[0, 0.1], [0, 0]]), "[0, 1]", "1 of 4 values differ"),
        (ARRAY, ARRAY[:1], "", "another shape"),
        (ARRAY, ARRAY * np.nan, "[0, 0]", "4 of 4 values differ"),
        (np.array([1000, 2]), np.array([1001, 2]), "[0]", "1 of 2 values differ"),
        # Small numbers are compared for their size.
        (1e-4, 1e-5, "", ""),
        (np.full(3, 1e-4), np.full(3, 1.1e-4), "[0]", "3 of 3 values differ"),
        (3, 4, "", ""),
        ([1, "a"], [1, "a", 2], "", "another length"),
        ({"a": 1}, {"a": 1, "b": 2}, "", "keys that one side alone has"),
        ({"a": [1.0, "x"]}, {"a": [2.0, "x"]}, "['a'][0]", ""),
        ("good", "bad", "", ""),
        (None, 0, "", "another kind of value"),
        (np.array(["a", "b"]), np.array(["a", "c"]), "[1]", ""),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}), "", "keys that"),
        (torch.nn.PReLU(init=0.1), torch.nn.PReLU(init=0.2), "weight[0]", ""),
        (dense(1.0), dense(1.1), "weight 0 (dense/kernel)[0, 0]", "6 of 6 values differ"),
        (kerasish.Input((3,)), kerasish.Input((4,)), "", "another shape"),
    ],
)
def test_differ(original: Any, port: Any, where: str, note: str) -> None:
    item = compare(original, port)
    assert item.state is State.DIFFER
    assert item.where.replace("dense_1", "dense").replace("dense_2", "dense") == where or (
        "weight 0" in where and item.where.startswith("weight 0")
    )
    assert note in item.note


def test_the_largest_difference() -> None:
    item = compare(ARRAY, ARRAY + np.array([[0, 1e-4], [0, 0]], "float32"))
    assert item.absolute == pytest.approx(1e-4, rel=1e-2)
    assert item.relative == pytest.approx(5e-5, rel=1e-2)
    assert (item.where, item.original, item.size) == ("[0, 1]", "2", 4)
    assert compare(ARRAY, ARRAY).absolute == 0


def test_types_are_told() -> None:
    assert compare(np.arange(2, dtype="int32"), torch.arange(2)).note == (
        "int32 is int64 in the port"
    )


def test_what_is_no_data_is_not_compared() -> None:
    item = compare(SimpleNamespace(), object())
    assert item.state is State.NOT_COMPARED
    assert item.note == "SimpleNamespace and object are no data"


class Hostile:
    @property
    def shape(self) -> Any:
        raise RuntimeError("no")


def test_a_value_may_raise_anything_and_hold_itself() -> None:
    assert encode.Encoder("1").encode(Hostile())["kind"] == "other"
    around: list[Any] = [1]
    around.append(around)
    assert compare(around, around).note == "large: compared in part"


def test_large_values_are_compared_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "MOST_VALUES", 10)
    array = np.arange(100.0)
    other = array.copy()
    other[50] = -1
    item = compare(array, other)
    assert (item.state, item.where, item.size) == (State.DIFFER, "[50]", 10)
    other = array.copy()
    other[51] = -1
    item = compare(array, other)
    assert item.state is State.AGREE
    assert "every 10th value was compared" in item.note
    monkeypatch.setattr(encode, "MOST_PARTS", 5)
    assert "compared in part" in compare(list("abcdefgh"), list("abcdefgh")).note


def test_what_changed_is_seen_by_the_digest() -> None:
    digests = [
        encode.digest(encode.Encoder(prefix).encode({"a": array}))
        for prefix, array in (("1", ARRAY), ("2", ARRAY.copy()), ("3", ARRAY + 1))
    ]
    assert digests[0] == digests[1] != digests[2]
