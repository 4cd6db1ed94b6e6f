"""The state of the optimizer: kept on request, and its loss always told."""

import warnings

import keras
import numpy as np
import pytest

from weight_port import formats
from weight_port.convert import convert_file
from weight_port.errors import FileFormatError


@pytest.fixture
def trained(tmp_path):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4, 3)), keras.layers.LSTM(2), keras.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    rng = np.random.default_rng(0)
    model.fit(rng.normal(size=(8, 4, 3)), rng.normal(size=(8, 1)), verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "m.keras")
        model.save(tmp_path / "m.h5")
    return model, tmp_path


def test_left_out_and_told(trained):
    model, folder = trained
    report = convert_file(folder / "m.keras", folder / "m.safetensors")
    assert report.optimizer_arrays == len(model.optimizer.variables)
    assert not report.optimizer_kept
    with formats.open_file(folder / "m.safetensors") as file:
        assert not [name for name in file if "optimizer" in name]


@pytest.mark.parametrize("source", ["m.keras", "m.h5"])
@pytest.mark.parametrize("target", ["n.keras", "n.h5"])
def test_between_files_of_keras(source, target, trained):
    model, folder = trained
    report = convert_file(folder / source, folder / target, optimizer=True)
    assert report.optimizer_kept
    with formats.open_file(folder / target) as file:
        stored = list(file.optimizer.read_all().values())
    for one, two in zip(stored, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, np.asarray(two))


def test_to_arrays(trained):
    model, folder = trained
    convert_file(folder / "m.keras", folder / "m.npz", optimizer=True)
    with formats.open_file(folder / "m.npz") as file:
        stored = [file.read(name) for name in file if name.startswith("optimizer/")]
    for one, two in zip(stored, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, np.asarray(two))


def test_state_of_keras_2(tmp_path, trained):
    _, folder = trained
    with formats.open_file(folder / "m.h5") as file:
        formats.module_of("h5").write(
            tmp_path / "old.h5",
            file,
            layers=file.layers,
            config=file.config,
            optimizer=file.optimizer,
            metadata={"keras_version": "2.12.0"},
        )
    with pytest.raises(FileFormatError, match=r"another state than.*2\.12\.0"):
        convert_file(tmp_path / "old.h5", tmp_path / "new.keras", optimizer=True)
