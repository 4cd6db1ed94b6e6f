"""Objects as Keras 2 wrote them, weights by functions, `get_uid` and `result_type`."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import kerasish


def scaled(x: Any) -> Any:
    return x * 2


def test_objects_of_keras_2_go_there_and_back() -> None:
    for library in (keras, kerasish):
        legacy = library.legacy.saving
        assert library.utils.legacy.serialize_keras_object is legacy.serialize_keras_object
        optimizer = library.optimizers.SGD(0.5, momentum=0.25)
        stored = legacy.serialize_keras_object(optimizer)
        assert stored["class_name"] == "SGD"
        assert stored["config"]["momentum"] == 0.25
        known = {"SGD": library.optimizers.SGD, "scaled": scaled}
        found = legacy.deserialize_keras_object(stored, module_objects=known)
        assert found.get_config() == optimizer.get_config()
        assert legacy.deserialize_keras_object("scaled", custom_objects=known) is scaled
        assert legacy.serialize_keras_object(scaled) == "scaled"
        assert legacy.deserialize_keras_object(scaled) is scaled
        for function in (legacy.serialize_keras_object, legacy.deserialize_keras_object):
            assert function(None) is None
        with pytest.raises(ValueError, match="get_config"):
            legacy.serialize_keras_object(3)


def test_names_of_objects_of_keras_2() -> None:
    # Real Keras 3.15 fails in this branch.
    legacy = kerasish.legacy.saving
    known = {"Scale": kerasish.optimizers.SGD}
    assert isinstance(legacy.deserialize_keras_object("Scale", known), kerasish.optimizers.SGD)
    assert legacy.deserialize_keras_object("scaled", {"scaled": scaled}) is scaled
    with pytest.raises(ValueError, match="Received: 'nothing'"):
        kerasish.legacy.saving.deserialize_keras_object("nothing")


def test_weights_by_functions(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    models = [kerasish.Sequential([kerasish.Input((3,)), kerasish.layers.Dense(2)]) for _ in "ab"]
    kerasish.saving.save_weights(models[0], path)
    kerasish.saving.load_weights(models[1], path)
    np.testing.assert_array_equal(models[1].get_weights()[0], models[0].get_weights()[0])
    with pytest.raises(FileExistsError):
        kerasish.saving.save_weights(models[0], path, overwrite=False)
    with pytest.raises(ValueError, match="max_shard_size"):
        kerasish.saving.save_weights(models[0], path, max_shard_size=0.1)


def test_result_types_are_keras() -> None:
    kinds = ["bool", "uint8", "int8", "int32", "int64", "bfloat16", "float16", "float32", "float64"]
    for pair in itertools.product([*kinds, int, float, None], repeat=2):
        if pair == (int, int):
            continue
        assert kerasish.backend.result_type(*pair) == keras.backend.result_type(*pair), pair
    assert kerasish.backend.result_type() == keras.backend.result_type()


def test_numbers_of_names_are_keras() -> None:
    for library in (keras, kerasish):
        library.utils.clear_session()
        assert [library.backend.get_uid(name) for name in ("a", "a", "b", "", "a")] == [
            1,
            2,
            1,
            1,
            3,
        ]
        library.utils.clear_session()
        assert library.backend.get_uid("a") == 1
