"""Files that Keras 1, 2 and 3 wrote, and the outputs that they had there."""

import json

import numpy as np
import pytest

from kerasish.models import load_model, model_from_json
from tests.golden.index import FOLDER
from tests.kerasish.models.files.golden import (
    assert_gives_golden_outputs,
    entries,
    load,
    name,
    whole_model_of,
)

WEIGHTS = ("weights.h5", "h5 weights", "tf checkpoint")


def test_the_collection_is_as_large_as_promised():
    assert len({entry["architecture"] for entry in entries("keras", "h5")}) >= 40


@pytest.mark.parametrize("entry", entries("keras", "h5", "saved model"), ids=name)
def test_model(entry, tmp_path):
    model = load(entry)
    assert_gives_golden_outputs(model, entry)


@pytest.mark.parametrize("entry", entries(*WEIGHTS), ids=name)
def test_weights(entry):
    model = load_model(whole_model_of(entry))
    model.set_weights([weight + 1 for weight in model.get_weights()])
    model.load_weights(FOLDER / entry["file"])
    assert_gives_golden_outputs(model, entry)


@pytest.mark.parametrize("entry", entries(*WEIGHTS), ids=name)
def test_weights_into_a_model_with_other_names(entry):
    """Layers are found by their place, as in Keras."""
    text = load_model(whole_model_of(entry)).to_json()
    config = json.loads(text)
    names = {layer["config"]["name"] for layer in config["config"]["layers"]}
    model = model_from_json(json.dumps(_renamed(config, names)))
    assert not names & {layer.name for layer in model.layers}
    model.load_weights(FOLDER / entry["file"])
    assert_gives_golden_outputs(model, entry)


def _renamed(value, names):
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_renamed(item, names) for item in value)
    return f"other_{value}" if isinstance(value, str) and value in names else value


@pytest.mark.parametrize("entry", entries("keras", "h5")[::3], ids=name)
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_back_to_a_file_and_again(entry, ending, tmp_path):
    model = load(entry)
    model.save(tmp_path / f"again{ending}")
    again = load_model(tmp_path / f"again{ending}")
    for one, two in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert_gives_golden_outputs(again, entry)
