"""Files between kerasish and real Keras, both ways, and the outputs on both sides."""

import json
import warnings

import keras
import numpy as np
import pytest

import kerasish
from kerasish.graph.structure import flatten
from kerasish.models import load_model, model_from_json
from tests.golden.index import FOLDER
from tests.kerasish.model_checker import assert_same, build_both
from tests.kerasish.model_zoo import MODELS, masked_branches
from tests.kerasish.models.files.golden import (
    arrays_of,
    assert_gives_golden_outputs,
    entries,
    load,
    name,
)
from weight_port import formats

# Keras 3.15.1 does not load its own .h5 files of these: they name operations like layers.
NOT_H5_IN_KERAS = ("frozen", "operators", "masked", "masked_branches")


def as_keras_loads(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of optimizers that are not there
        return keras.models.load_model(path)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_whole_models(make, ending, tmp_path):
    theirs, ours = build_both(make, seed=3)
    inputs = MODELS[make]
    expected = theirs.predict(inputs, verbose=0)
    with warnings.catch_warnings():
        # Keras calls .h5 a legacy format; ours warns where a test of its own says.
        warnings.simplefilter("ignore")
        theirs.save(tmp_path / f"theirs{ending}")
        ours.save(tmp_path / f"ours{ending}")
    kerasish.utils.clear_session()
    loaded = load_model(tmp_path / f"theirs{ending}").predict(inputs, verbose=0)
    for one, two in zip(flatten(loaded), keras.tree.flatten(expected), strict=True):
        assert_same(one, two)
    if make is masked_branches or (ending == ".h5" and make.__name__ in NOT_H5_IN_KERAS):
        return
    keras.utils.clear_session()
    back = as_keras_loads(tmp_path / f"ours{ending}")
    for one, two in zip(back.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    found = back.predict(inputs, verbose=0)
    for one, two in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
        assert_same(one, two)


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_weights(make, tmp_path):
    theirs, ours = build_both(make, seed=4)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.save_weights(tmp_path / "ours.weights.h5")
    weights = theirs.get_weights()
    for model in (theirs, ours):
        model.set_weights([np.zeros_like(weight) for weight in weights])
    ours.load_weights(tmp_path / "theirs.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    for model in (theirs, ours):
        for one, two in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("entry", entries("h5"), ids=name)
def test_what_old_keras_wrote_is_written_for_keras_3(entry, tmp_path):
    """Old files become files of Keras 3, with the outputs that they had in old Keras."""
    load(entry).save(tmp_path / "new.keras")
    inputs, outputs, _ = arrays_of(entry)
    found = as_keras_loads(tmp_path / "new.keras")(inputs[0] if len(inputs) == 1 else inputs)
    for one, two in zip(keras.tree.flatten(found), outputs, strict=True):
        np.testing.assert_allclose(one, two, rtol=entry["rtol"], atol=entry["atol"])


def test_a_name_that_keras_takes_itself(tmp_path):
    """Keras calls the step that joins masks as it would call the layer, and allows no two."""
    _, ours = build_both(masked_branches, seed=5)
    with pytest.warns(UserWarning, match=r"'concatenate'.*Give the Concatenate layer a name"):
        ours.save(tmp_path / "ours.keras")
    keras.utils.clear_session()
    with pytest.raises(ValueError, match='name "concatenate" is used 2 times'):
        as_keras_loads(tmp_path / "ours.keras")
    named = rename_layers(ours, {"concatenate": "joined"})
    named.save(tmp_path / "named.keras")
    keras.utils.clear_session()
    inputs = MODELS[masked_branches]
    found = as_keras_loads(tmp_path / "named.keras").predict(inputs, verbose=0)
    assert_same(found, named.predict(inputs, verbose=0))


def rename_layers(model, names):
    text = model.to_json()
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    renamed = model_from_json(text)
    renamed.set_weights(model.get_weights())
    return renamed


@pytest.mark.parametrize("entry", entries("h5")[::6], ids=name)
def test_json_and_weights_apart(entry, tmp_path):
    """The architecture as JSON of the Keras that wrote it, and the weights in a file."""
    with formats.open_file(FOLDER / entry["file"]) as file:
        config = {**file.config, "keras_version": file.metadata.get("keras_version", "1.2.2")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of masks that old Bidirectional layers treated otherwise
        model = model_from_json(json.dumps(config))
    model.load_weights(FOLDER / entry["file"])
    assert_gives_golden_outputs(model, entry)
