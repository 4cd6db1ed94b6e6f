"""Every golden file into the model that wrote it: each array arrives in its place."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tf_keras

from weight_port import port

GOLDEN = Path(__file__).parents[2] / "golden"
ENDINGS = (".keras", ".h5", ".weights.h5", ".legacy_weights.h5", ".checkpoint", ".saved_model")
KERAS3 = sorted((GOLDEN / "keras3").glob("*.keras"))
TF_KERAS = sorted(p for p in (GOLDEN / "tf_keras").glob("*.h5") if "weights" not in p.name)


def check(model, folder, stem):
    expected = model.get_weights()
    if not expected:
        return 0
    files = [folder / f"{stem}{ending}" for ending in ENDINGS]
    files = [
        file / "weights" if file.suffix == ".checkpoint" else file
        for file in files
        if file.exists()
    ]
    for file in files:
        model.set_weights([np.zeros_like(array) for array in expected])
        assert port(file, model).complete
        for weight, got, wanted in zip(model.weights, model.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(got, wanted, f"{file.name}: {weight.name}")
    return len(files)


def test_the_files_are_there():
    assert len(KERAS3) > 30
    assert len(TF_KERAS) > 30


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", KERAS3, ids=lambda path: path.stem)
def test_keras(path):
    model = keras.models.load_model(path)
    assert check(model, path.parent, path.stem) or not model.weights


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", TF_KERAS, ids=lambda path: path.stem)
def test_tf_keras(path):
    model = tf_keras.models.load_model(path)
    assert check(model, path.parent, path.stem) or not model.weights
