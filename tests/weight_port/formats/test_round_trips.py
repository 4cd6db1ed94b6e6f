"""What the formats of torch's world write, they and the formats' own libraries read."""

from __future__ import annotations

import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from weight_port.formats import module_of, open_file
from weight_port.formats.tensors import ArrayTensors, LazyTensors, TensorInfo

TYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64"),
    *("complex64", "bfloat16", "float8_e4m3fn", "float8_e5m2"),
]
NAMES = {
    "safetensors": "w.safetensors",
    "safetensors.index.json": "w.safetensors.index.json",
    "npz": "w.npz",
    "torch": "w.pt",
}


def samples():
    rng = np.random.default_rng(0)
    arrays = {
        f"layer.{name}": (4 * rng.normal(size=(3, 2))).astype(getattr(ml_dtypes, name, name))
        for name in TYPES
    }
    arrays["scalar"] = np.float32(2.5).reshape(())
    arrays["empty"] = np.zeros((0, 4), np.float32)
    arrays["turned"] = rng.normal(size=(4, 3)).T
    arrays["not/ascii é"] = np.array([np.nan, np.inf, -0.0], np.float32)
    return arrays


def check_equal(read, arrays):
    assert sorted(read) == sorted(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype, name
        assert read[name].shape == array.shape, name
        assert read[name].tobytes() == array.tobytes(), name


@pytest.mark.parametrize("name", NAMES)
def test_bit_exact(name, tmp_path):
    path = tmp_path / NAMES[name]
    module_of(name).write(path, ArrayTensors(samples()))
    with open_file(path) as file:
        assert file.format == name
        assert {key: TensorInfo.of(array) for key, array in samples().items()} == dict(file)
        check_equal(file.read_all(), samples())


@pytest.mark.parametrize("name", ["safetensors", "safetensors.index.json", "npz"])
def test_metadata(name, tmp_path):
    path = tmp_path / NAMES[name]
    tensors = ArrayTensors({"a": np.ones(2)})
    module_of(name).write(path, tensors, metadata={"keras_version": "3", "é": '"\n'})
    with open_file(path) as file:
        assert dict(file.metadata) == {"keras_version": "3", "é": '"\n'}
        assert list(file) == ["a"]


@pytest.mark.parametrize("name", NAMES)
def test_a_failure_in_the_middle_leaves_the_old_file(name, tmp_path):
    path = tmp_path / NAMES[name]
    module = module_of(name)
    module.write(path, ArrayTensors({"a": np.arange(3.0)}))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    arrays = {"a": np.zeros(3), "b": np.zeros(3)}

    def read(key):
        if key == "b":
            raise RuntimeError("the source is gone")
        return arrays[key]

    broken = LazyTensors({key: TensorInfo.of(array) for key, array in arrays.items()}, read)
    with pytest.raises(RuntimeError, match="source is gone"):
        module.write(path, broken)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    with pytest.raises(FileExistsError):
        module.write(path, ArrayTensors(arrays), overwrite=False)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_safetensors_as_the_official_library_has_it(tmp_path):
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    arrays = samples()
    module_of("safetensors").write(ours, ArrayTensors(arrays), metadata={"format": "pt"})
    read = safetensors.torch.load_file(ours)
    assert sorted(read) == sorted(arrays)
    for name, tensor in read.items():
        assert tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() == (
            arrays[name].tobytes()
        )
    safetensors.torch.save_file(read, theirs, metadata={"format": "pt"})
    with open_file(theirs) as file:
        check_equal(file.read_all(), arrays)
        assert dict(file.metadata) == {"format": "pt"}


def test_npz_as_numpy_has_it(tmp_path):
    arrays = {n: a for n, a in samples().items() if a.dtype.isbuiltin == 1}
    assert len(arrays) > 10
    module_of("npz").write(tmp_path / "ours.npz", ArrayTensors(arrays))
    with np.load(tmp_path / "ours.npz") as file:
        check_equal(dict(file), arrays)
    arrays["big_endian"] = np.arange(3, dtype=">f4")
    arrays["fortran"] = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "theirs.npz", **arrays)
        with open_file(tmp_path / "theirs.npz") as file:
            read = file.read_all()
        for name, array in arrays.items():
            assert read[name].dtype.isnative
            assert read[name].shape == array.shape
            np.testing.assert_array_equal(read[name], array)


def test_shards_hold_at_most_what_they_may(tmp_path):
    path = tmp_path / "m.safetensors.index.json"
    arrays = {f"w{number}": np.full(100, number, np.float32) for number in range(7)}
    module_of("safetensors.index.json").write(path, ArrayTensors(arrays), max_shard_bytes=1000)
    parts = sorted(tmp_path.glob("m-*.safetensors"))
    assert len(parts) == 4
    assert sum(len(safetensors.torch.load_file(part)) for part in parts) == 7
    with open_file(path) as file:
        check_equal(file.read_all(), arrays)


@pytest.mark.parametrize("legacy", [False, True])
def test_what_training_scripts_save(tmp_path, legacy):
    net = torch.nn.Linear(3, 2)
    net.tied = net.weight
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    saved = {"state_dict": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}
    torch.save(saved, tmp_path / "c.pth", _use_new_zipfile_serialization=not legacy)
    with open_file(tmp_path / "c.pth") as file:
        assert sorted(file) == ["bias", "tied", "weight"]
        np.testing.assert_array_equal(file.read("tied"), net.weight.detach().numpy())
        np.testing.assert_array_equal(file.read("weight"), net.weight.detach().numpy())
        averages = [name for name in file.optimizer if name.endswith("exp_avg")]
        assert len(averages) == 2
        assert any(
            np.array_equal(file.optimizer.read(name), state["exp_avg"].numpy())
            for name in averages
            for state in optimizer.state.values()
        )
        assert file.other == ["epoch"]
    torch.save({"w": torch.ones(2), "w.step": 3, "block": {"b": torch.ones(1)}}, tmp_path / "c.pth")
    with open_file(tmp_path / "c.pth") as file:
        assert sorted(file) == ["block.b", "w"]
        assert file.other == ["w.step"]


MEASURE = """
import resource, sys
import numpy as np
from weight_port.formats import module_of
from weight_port.formats.tensors import LazyTensors, TensorInfo

module = module_of(sys.argv[1])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def write(count):
    infos = {f"w{n}": TensorInfo((1 << 20,), "float32") for n in range(count)}
    tensors = LazyTensors(infos, lambda name: np.ones(1 << 20, np.float32))
    module.write(sys.argv[2], tensors)
write(2)
before = peak()
write(50)
print(peak() - before)
"""


@pytest.mark.parametrize("name", ["safetensors", "npz"])
def test_memory_of_a_large_file_is_that_of_one_array(name, tmp_path):
    path = tmp_path / NAMES[name]
    command = [sys.executable, "-c", MEASURE, name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert path.stat().st_size > 200 * 10**6
    assert int(done.stdout) < 50_000  # KiB
