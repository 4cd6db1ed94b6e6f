"""The table of golden files tells what is there, and the hand-built files are what is built."""

import h5py
import numpy as np
import pytest

from tests.golden import handmade_keras1, handmade_keras2
from tests.golden.architectures import ARCHITECTURES
from tests.golden.index import FOLDER, generator, read

HANDMADE = {**handmade_keras1.MODELS, **handmade_keras2.MODELS}


def test_every_file_is_in_the_table():
    listed = {entry[key] for entry in read() for key in ("file", "data")}
    for folder in ("keras3", "tf_keras", "handmade"):
        for path in (FOLDER / folder).iterdir():
            name = path.relative_to(FOLDER).as_posix()
            assert name in listed or f"{name}/weights" in listed, name


def test_every_entry_has_its_files():
    for entry in read():
        if entry["format"] == "tf checkpoint":
            assert (FOLDER / f"{entry['file']}.index").is_file()
        else:
            assert (FOLDER / entry["file"]).exists()
        assert (FOLDER / entry.get("model", entry["file"])).exists() or "model" not in entry
        with np.load(FOLDER / entry["data"]) as arrays:
            assert {"input_0", "output_0"} <= set(arrays)
            for name, array in arrays.items():
                assert np.isfinite(array).all(), name
                assert array.std() > 1e-3, f"{entry['data']}: {name} tells nothing"


def test_the_table_is_complete():
    entries = read()
    assert {entry["architecture"] for entry in entries} == {
        *ARCHITECTURES,
        *(name for name, _ in HANDMADE),
    }
    formats = {"keras", "weights.h5", "h5", "h5 weights", "tf checkpoint", "saved model"}
    assert {entry["format"] for entry in entries} == formats


def test_the_folder_stays_small():
    files = [path for path in FOLDER.rglob("*") if "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files if path.is_file()) < 3.5e6


@pytest.mark.parametrize("key", HANDMADE, ids=str)
def test_handmade_file(key):
    """The file holds what its maker gives today."""
    name, version = key
    _, weights, inputs, outputs = HANDMADE[key](generator(name))
    with np.load(FOLDER / "handmade" / f"{name}.npz") as arrays:
        for kind, made in (("input", inputs), ("output", outputs)):
            for number, array in enumerate(made):
                stored = arrays[f"{kind}_{number}"]
                np.testing.assert_allclose(stored, array, rtol=1e-5, atol=1e-6)
    with h5py.File(FOLDER / "handmade" / f"{name}.h5") as file:
        assert file.attrs["keras_version"] == version
        for layer, arrays in weights.items():
            for weight, array in arrays.items():
                np.testing.assert_array_equal(file["model_weights"][layer][weight], array)
