"""Weights in files of torch's world, by the keys of `state_dict`."""

import json
import os
import stat

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import kerasish
from kerasish import layers
from kerasish.models.files import state_files
from tests.kerasish.model_checker import assert_same, random_weights
from tests.kerasish.model_zoo import MODELS
from weight_port.convert import convert_file
from weight_port.errors import FileFormatError, WeightPortError
from weight_port.torch_arrays import numpy_of


def small(units=3, extra=False):
    kerasish.utils.clear_session()
    inputs = kerasish.Input((8, 2))
    x = layers.LSTM(units, name="lstm")(inputs)
    if extra:
        x = layers.Dense(4, name="extra")(x)
    return kerasish.Model(inputs, layers.Dense(2, name="head")(x), name="small")


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_round_trip(make, tmp_path):
    kerasish.utils.clear_session()
    model = make(kerasish)
    model.set_weights(random_weights(model, 3))
    path = tmp_path / "weights.safetensors"
    model.save_weights(path)
    kerasish.utils.clear_session()
    other = make(kerasish)
    other.load_weights(str(path))
    for one, two in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert_same(other.predict(MODELS[make], verbose=0), model.predict(MODELS[make], verbose=0))


def test_what_is_in_the_file(tmp_path):
    model = small()
    path = tmp_path / "w.safetensors"
    model.save_weights(path)
    found = load_file(path)
    assert found.keys() == model.state_dict().keys()
    for key, tensor in model.state_dict().items():
        assert torch.equal(found[key], tensor)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    assert metadata["kerasish_version"] == kerasish.__version__
    assert metadata["model"] == "small"
    assert json.loads(metadata["keras_paths"]) == [w.path for w in model.weights]
    # Any torch model with these keys can read it.
    small().load_state_dict(found)


def test_writing_replaces_the_whole_file_or_nothing(tmp_path, monkeypatch):
    model, path = small(), tmp_path / "w.safetensors"
    model.save_weights(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"Received: .*w.safetensors"):
        model.save_weights(path, overwrite=False)

    writes = []

    def full(tensor):
        writes.append(tensor)
        if len(writes) > 3:
            raise OSError("disk full")
        return numpy_of(tensor)

    monkeypatch.setattr(state_files, "numpy_of", full)
    with pytest.raises(OSError, match=r"disk full"):
        model.save_weights(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["w.safetensors"]
    monkeypatch.undo()
    model.set_weights([w + 1 for w in model.get_weights()])
    model.save_weights(path)
    assert path.read_bytes() != before
    # Readable by whoever may read new files, not by the owner alone as temporary files are.
    (tmp_path / "other").touch()
    mode = stat.S_IMODE((tmp_path / "other").stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_all_that_does_not_fit_is_listed_and_nothing_is_changed(tmp_path):
    path = tmp_path / "w.safetensors"
    small(units=4, extra=True).save_weights(path)
    model = small()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"do not fit") as caught:
        model.load_weights(path)
    message = str(caught.value)
    assert "unexpected: extra.linear.weight" in message
    assert "lstm.rnn.weight_ih_l0: (16, 2) in the file, (12, 2) in the model" in message
    assert "head.linear.weight: (2, 4) in the file, (2, 3) in the model" in message
    assert "head.linear.bias" not in message
    with pytest.raises(ValueError, match=r"missing: extra.linear.weight"):
        small(extra=True).load_weights(_saved(model, tmp_path / "v.safetensors"))
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_mismatches_can_be_skipped(tmp_path):
    source, model = small(units=4, extra=True), small()
    source.set_weights([w + 5 for w in source.get_weights()])
    before = model.get_weights()
    with pytest.warns(UserWarning, match=r"unexpected: extra.*These were left out"):
        model.load_weights(_saved(source, tmp_path / "w.safetensors"), skip_mismatch=True)
    after = model.get_weights()
    np.testing.assert_array_equal(after[-1], source.get_weights()[-1])
    for one, two in zip(after[:-1], before[:-1], strict=True):
        np.testing.assert_array_equal(one, two)


def _saved(model, path):
    model.save_weights(path)
    return path


@pytest.mark.parametrize("name", ["w.pt", "w.pth", "w.npz", "w.h5", "w.hdf5", "w.weights.h5"])
def test_every_ending(name, tmp_path):
    source, model = small(), small()
    source.set_weights([w + 5 for w in source.get_weights()])
    model.load_weights(_saved(source, tmp_path / name))
    for one, two in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(FileExistsError, match=name):
        source.save_weights(tmp_path / name, overwrite=False)
    assert os.listdir(tmp_path) == [name]


def test_other_endings(tmp_path):
    with pytest.raises(ValueError, match=r"can't store weights alone.*Received: .*w.keras'"):
        small().save_weights(tmp_path / "w.keras")
    with pytest.raises(ValueError, match=r"ending of a file's name.*Received: .*w'"):
        small().save_weights(tmp_path / "w")
    with pytest.raises(ValueError, match=r"as a .keras or .h5 file.*Received: .*w.safetensors'"):
        small().save(tmp_path / "w.safetensors")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["w.safetensors", "w.npz", "w.pt", "w.weights.h5", "w.h5"])
def test_dtypes(name, dtype, tmp_path):
    def dense():
        kerasish.utils.clear_session()
        return kerasish.Sequential([kerasish.Input((3,)), layers.Dense(2, dtype=dtype)])

    source, model = dense(), dense()
    source.load_weights(_saved(source, tmp_path / name))
    model.load_weights(tmp_path / name)
    for one, two in zip(model.state_dict().values(), source.state_dict().values(), strict=True):
        assert one.dtype == two.dtype == getattr(torch, dtype)
        assert torch.equal(one, two)


def test_other_errors(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(FileNotFoundError, match=r"Received: .*w.safetensors"):
        small().load_weights(path)
    with pytest.raises(ValueError, match=r"before it is built"):
        kerasish.Sequential([layers.Dense(2)]).save_weights(path)
    with pytest.raises(ValueError, match=r"does not know these arguments.*by_nam"):
        small().load_weights(_saved(small(), path), by_nam=True)
    unbuilt = kerasish.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match=r"before it is built; call it on data first"):
        unbuilt.load_weights(path)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(FileFormatError, match=r"not a complete safetensors file"):
        small().load_weights(path)


def test_shapes_decide_before_values_are_read(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    save_file({"lstm.rnn.weight_ih_l0": torch.zeros(1000, 1000)}, path)
    model, reads = small(), []
    monkeypatch.setattr(torch.Tensor, "copy_", lambda *args: reads.append(args))
    with pytest.raises(ValueError, match=r"\(1000, 1000\) in the file"):
        model.load_weights(path)
    assert not reads


def test_names_of_plain_torch(tmp_path):
    """Files that `weight-port convert` wrote have the layers' names and torch's own."""
    source, model = small(), small()
    source.set_weights([w + 5 for w in source.get_weights()])
    source.save(tmp_path / "w.keras")
    convert_file(tmp_path / "w.keras", tmp_path / "w.safetensors")
    assert not model.state_dict().keys() & load_file(tmp_path / "w.safetensors").keys()
    model.load_weights(tmp_path / "w.safetensors")
    for one, two in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(WeightPortError, match="extra"):
        small(extra=True).load_weights(tmp_path / "w.safetensors")


def test_the_same_functions_under_saving():
    assert kerasish.saving.load_model is kerasish.models.load_model
    assert kerasish.saving.save_model is kerasish.models.save_model
