"""`FeatureSpace` against real Keras's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import kerasish
from kerasish.pipelines import Pipeline

RANDOM = np.random.default_rng(2)
DATA: dict[str, Any] = {
    "amount": RANDOM.normal(3, 2, 40).astype("float32"),
    "age": RANDOM.integers(1, 90, 40),
    "city": RANDOM.choice(["Rome", "Oslo", "Bonn", "Kyiv"], 40).tolist(),
    "code": RANDOM.integers(0, 5, 40).astype("int32"),
}
NEW: dict[str, Any] = {
    "amount": [0.5, -1.0],
    "age": [33, 200],
    "city": ["Bonn", "Lima"],
    "code": [2, 77],
}
ALL = tuple(DATA)


def features(library: Any, kinds: dict[str, Any], **arguments: Any) -> Any:
    """A space of features; a kind is a name or a method's name with arguments."""
    space = library.utils.FeatureSpace
    made = {
        name: kind if isinstance(kind, str) else getattr(space, kind[0])(**kind[1])
        for name, kind in kinds.items()
    }
    if "cross" in arguments:
        arguments["crosses"] = [space.cross(*arguments.pop("cross"))]
    return space(made, **arguments)


CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {
            "amount": "float_normalized",
            "age": ("float_discretized", {"num_bins": 4}),
            "city": "string_categorical",
            "code": "integer_categorical",
        },
        {"crosses": [("city", "code"), ("age", "city")], "crossing_dim": 7},
    ),
    (
        {
            "amount": ("float_rescaled", {"scale": 2.0, "offset": 1.0}),
            "city": "string_hashed",
            "code": ("integer_hashed", {"num_bins": 3}),
            "age": "float",
        },
        {"hashing_dim": 5},
    ),
    (
        {
            "city": ("string_categorical", {"max_tokens": 3, "output_mode": "int"}),
            "code": (
                "integer_categorical",
                {"num_oov_indices": 2, "output_mode": "int", "max_tokens": 6},
            ),
            "age": "float_discretized",
        },
        {
            "output_mode": "dict",
            "cross": (("code", "city"), 11, "int"),
            "num_discretization_bins": 5,
        },
    ),
    ({"amount": "float"}, {}),
]


def same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for name in theirs:
            same(ours[name], theirs[name])
        return
    expected = np.asarray(theirs)
    found = ours.numpy(force=True)
    assert found.shape == expected.shape
    assert found.dtype.kind == expected.dtype.kind
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("kinds", "arguments"), CASES, ids=["vocabularies", "hashes", "dict", "one"]
)
def test_encoded_features_are_keras(
    kinds: dict[str, Any], arguments: dict[str, Any], tmp_path: Path
) -> None:
    theirs, ours = (features(one, kinds, **dict(arguments)) for one in (keras, kerasish))
    data = {name: DATA[name] for name in kinds}
    for space in (theirs, ours):
        space.adapt(data)
    for rows in (data, {name: NEW[name] for name in kinds}):
        same(ours(rows), theirs(rows))
    row = {name: NEW[name][0] for name in kinds}
    same(ours(row), theirs(row))
    assert {k: v.shape for k, v in ours.get_inputs().items()} == {
        k: v.shape for k, v in theirs.get_inputs().items()
    }
    # Files hold what was learnt, from both sides.
    for number, space in enumerate((ours, theirs)):
        space.save(tmp_path / f"{number}.keras")
        same(kerasish.models.load_model(tmp_path / f"{number}.keras")(data), theirs(data))
    same(ours(data), keras.models.load_model(tmp_path / "0.keras")(data))


def test_a_layer_of_ones_own_and_batched_data() -> None:
    found = []
    for library in (keras, kerasish):
        space = library.utils.FeatureSpace
        own = library.layers.Rescaling(0.5)
        made = space({"half": space.feature("float32", own, "float"), "age": "float_normalized"})
        data = {"half": [1.0, 2.0, 5.0], "age": [1.0, 2.0, 6.0]}
        if library is keras:
            import tensorflow as tf

            made.adapt(tf.data.Dataset.from_tensor_slices(data).batch(2))
        else:
            made.adapt(Pipeline.from_tensor_slices(data).batch(2))
        found.append(made({"half": [4.0], "age": [3.0]}))
    same(found[1], found[0])


def test_a_model_on_features_learns_and_is_stored(tmp_path: Path) -> None:
    kinds = {"amount": "float_normalized", "city": "string_categorical"}
    space = features(kerasish, kinds)
    space.adapt({name: DATA[name] for name in kinds})
    rows = Pipeline.from_tensor_slices({name: DATA[name] for name in kinds})
    labels = Pipeline.from_tensor_slices((DATA["amount"] > 3).astype("float32"))
    encoded = space.get_encoded_features()
    kerasish.utils.set_random_seed(1)
    predicted = kerasish.layers.Dense(1, "sigmoid")(encoded)
    trained = kerasish.Model(encoded, predicted)
    trained.compile(kerasish.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    batches = Pipeline.zip(rows, labels).batch(8).map(lambda row, label: (space(row), label))
    history = trained.fit(batches, epochs=20, verbose=0)
    assert history.history["accuracy"][-1] > 0.9
    whole = kerasish.Model(space.get_inputs(), predicted)
    row = {"amount": np.array([[5.0], [0.0]]), "city": np.array([["Oslo"], ["Rome"]])}
    before = whole.predict(row, verbose=0)
    assert before[0] > 0.5 > before[1]
    whole.save(tmp_path / "whole.keras")
    restored = kerasish.models.load_model(tmp_path / "whole.keras")
    np.testing.assert_allclose(restored.predict(row, verbose=0), before, rtol=1e-6)
    theirs = keras.models.load_model(tmp_path / "whole.keras")
    import tensorflow as tf

    given = {name: tf.constant(value) for name, value in row.items()}
    np.testing.assert_allclose(np.asarray(theirs(given)), before, rtol=1e-5)


def test_errors() -> None:
    space = kerasish.utils.FeatureSpace
    for make, text in [
        (lambda: space({}), "Received: features={}"),
        (lambda: space({"a": "no"}), "Received: a='no'"),
        (lambda: space({"a": "float"}, output_mode="x"), "Received: output_mode='x'"),
        (lambda: space({"a": "float"}, crosses=[("a", "b")]), r"Received: \('a', 'b'\)"),
        (lambda: space.cross(("a",), 3, "float"), "Received: output_mode='float'"),
        (lambda: space.feature("int32", None, "x"), "Received: output_mode='x'"),
        (lambda: space({"a": "float_normalized"})({"a": 1.0}), r"Received: features \['a'\]"),
        (lambda: space({"a": "float"}).adapt(3), "Received: int"),
        (lambda: space({"a": "float"})([1.0]), "Received: list"),
        (
            lambda: space({"a": space.integer_hashed(3, "int"), "b": "float"})({"a": 1, "b": 2.0}),
            "output_mode='dict'",
        ),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
