"""Texts in HDF5 files: lengths and heaps that lie, and names that would be code."""

import json
import struct
import time

import h5py
import numpy as np
import pytest

import kerasish
from kerasish.models import load_model
from tests.weight_port.hostile.building import keras_file, legacy_file
from weight_port import formats
from weight_port.errors import FileFormatError, LimitError


def test_a_text_that_says_it_is_as_long_as_4_gb(tmp_path):
    """libhdf5 allocates what the length says before it looks for the text."""
    path = legacy_file(tmp_path / "m.h5")
    content = path.read_bytes()
    with h5py.File(path) as file:
        length = len(file.attrs["model_config"])
    heap = content.index(b"GCOL")
    stored = struct.pack("<IQ", length, heap)
    assert content.count(stored) == 1
    path.write_bytes(content.replace(stored, struct.pack("<IQ", 2**32 - 1, heap)))
    began = time.monotonic()
    with pytest.raises(LimitError, match=r"'model_config'.*4,294,967,295 bytes"):
        formats.open_file(path)
    assert time.monotonic() - began < 2


def test_a_heap_that_never_ends(tmp_path):
    """libhdf5 reads an entry of no size again and again."""
    path = legacy_file(tmp_path / "m.h5")
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    content[heap + 16 : heap + 32] = bytes(16)
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="unsound heap"):
        formats.open_file(path)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_texts_are_read_from_both_forms_of_headers(libver, tmp_path):
    with h5py.File(tmp_path / "m.weights.h5", "w", libver=libver) as file:
        group = file.create_group("layers/dense/vars")
        group["0"] = np.ones((3, 2), "float32")
        group.attrs["name"] = "a name of a layer" * 20
    with formats.open_file(tmp_path / "m.weights.h5") as file:
        assert file.layer_names == {"layers/dense": "a name of a layer" * 20}


@pytest.mark.parametrize("name", ["", "self", "class", "None", "a=open('made','w')", "x\ny"])
@pytest.mark.parametrize("place", ["input", "dense"])
def test_names_never_become_code(name, place, canary, tmp_path, monkeypatch):
    """A functional model is run by generated code, in which its layers' names stand."""
    monkeypatch.chdir(canary.parent)
    inputs = kerasish.Input((3,), name="input")
    model = kerasish.Model(inputs, kerasish.layers.Dense(2, name="dense")(inputs))
    config = json.loads(model.to_json().replace(f'"{place}"', json.dumps(name)))
    loaded = load_model(keras_file(tmp_path / "m.keras", config))
    assert loaded.predict(np.ones((1, 3)), verbose=0).shape == (1, 2)
