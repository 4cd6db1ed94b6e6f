"""The state of the optimizer: kept on request, and its loss always told."""

import warnings

import keras
import numpy as np
import pytest

from weight_port import formats
from weight_port.cli import main
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
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(folder / source), str(folder / target), "--optimizer"])
    assert ended.value.code == 0
    with formats.open_file(folder / target) as file:
        stored = list(file.optimizer.read_all().values())
    for one, two in zip(stored, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, np.asarray(two))


@pytest.mark.parametrize("source", ["m.keras", "m.h5"])
@pytest.mark.parametrize("between", ["m.npz", "m.safetensors", "m.safetensors.index.json"])
def test_through_arrays(source, between, trained):
    model, folder = trained
    convert_file(folder / source, folder / between, optimizer=True)
    with formats.open_file(folder / between) as file:
        assert not [name for name in file if name.startswith("optimizer")]
        with pytest.raises(KeyError):
            file.read("optimizer/vars/0")
        stored = [file.optimizer.read(name) for name in file.optimizer]
    for one, two in zip(stored, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, np.asarray(two))
    report = convert_file(folder / between, folder / "back.h5", optimizer=True)
    assert report.optimizer_kept
    with formats.open_file(folder / "back.h5") as file:
        back = list(file.optimizer.read_all().values())
    for one, two in zip(back, stored, strict=True):
        np.testing.assert_array_equal(one, two)
    if source == "m.keras":
        convert_file(folder / between, folder / "back.keras", optimizer=True)
        loaded = keras.models.load_model(folder / "back.keras")
        for one, two in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(two))
    assert convert_file(folder / between, folder / "left.h5").optimizer_arrays == len(stored)
    with formats.open_file(folder / "left.h5") as file:
        assert not file.optimizer


def test_torch_files_do_not_tell_whose_state_it_is(trained):
    _, folder = trained
    convert_file(folder / "m.keras", folder / "m.pt", optimizer=True)
    with formats.open_file(folder / "m.pt") as file:
        assert list(file.optimizer)[:2] == ["optimizer/vars/0", "optimizer/vars/1"]
    convert_file(folder / "m.pt", folder / "back.keras", like=folder / "m.keras")
    with pytest.raises(FileFormatError, match=r"whose optimizer.*optimizer/vars/0"):
        convert_file(
            folder / "m.pt", folder / "back.keras", like=folder / "m.keras", optimizer=True
        )


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
