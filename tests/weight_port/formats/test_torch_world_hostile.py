"""Broken and lying safetensors, npz and torch files end in an error that names the file."""

from __future__ import annotations

import io
import json
import os
import struct
import warnings
import zipfile

import numpy as np
import pytest
import torch

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats import module_of
from weight_port.formats.limits import Limits
from weight_port.formats.tensors import ArrayTensors

ARRAYS = {"a": np.arange(3, dtype=np.float32), "b": np.array([[1, 2]], np.int16)}


def refused(name, path, match, error=FileFormatError, limits=None):
    with (
        pytest.raises(error, match=match) as caught,
        module_of(name).open_file(path, limits=limits or Limits()) as file,
    ):
        file.read_all()
    assert path.name in str(caught.value)


def header(entries, data=b"\0" * 8, length=None):
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def of(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (header({"a": of()}, length=2**64 - 1), "longer than the file"),
        (header({"a": of(shape=(2**40, 2**40))}), "takes"),
        (header({"a": of(shape=(2**63,))}), "needs a dtype"),
        (header({"a": of(shape=(-2,))}), "needs a dtype"),
        (header({"a": of(shape=(True, 2))}), "needs a dtype"),
        (header({"a": of(shape=(3,))}), "takes 12 bytes"),
        (header({"a": of(dtype="F32"), "b": of()}), "overlap"),
        (header({"a": of(shape=(1,), offsets=(4, 8))}), "gap"),
        (header({"a": of()}, data=bytes(7)), "not a complete"),
        (header({"a": of()}, data=bytes(9)), "not a complete"),
        (header({"a": of(dtype="X9")}), "type that is not known"),
        (header({"a\0b": of()}), "no valid name"),
        (header({"a": 5}), "needs a dtype"),
        (header({"__metadata__": {"a": 1}}), "texts by name"),
        (header(b'{"a":{},"a":{}}'), "stands twice"),
        (header(b"[" * 300 + b"]" * 300), "nested"),
        (b"\x01\0", "longer|complete|JSON"),
    ],
)
def test_safetensors_headers(tmp_path, content, match):
    (tmp_path / "w.safetensors").write_bytes(content)
    refused("safetensors", tmp_path / "w.safetensors", match)


@pytest.mark.parametrize(
    "shard", ["../w.safetensors", "/etc/hostname", "sub/w", "", "..", "link", 5]
)
def test_safetensors_shards_lie_beside_the_index(tmp_path, shard):
    folder = tmp_path / "in"
    folder.mkdir()
    module_of("safetensors").write(tmp_path / "w.safetensors", ArrayTensors(ARRAYS))
    (folder / "link").symlink_to(tmp_path / "w.safetensors")
    index = folder / "m.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": shard}}))
    refused("safetensors.index.json", index, "beside|one file")


def npy(descr="<f4", shape="(2,)", data=bytes(8)):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


@pytest.mark.parametrize(
    ("members", "match"),
    [
        ([("a.npy", npy("|O"))], "pickled objects"),
        ([("a.npy", npy(shape="(1099511627776, 1099511627776)"))], "takes|valid shape"),
        ([("a.npy", npy(shape="(-2,)"))], "valid shape|takes"),
        ([("a.npy", npy(data=bytes(5)))], "takes"),
        ([("a.npy", npy("<U2"))], "types"),
        ([("a.npy", npy([("x", "<f4")]))], "types"),
        ([("a.npy", b"nothing")], "no valid header"),
        ([("a.npy", npy(shape="__import__('os').getcwd()"))], "no valid header"),
        ([("../a.npy", npy())], "leads out"),
        ([("a.npy", npy()), ("a.npy", npy())], "twice"),
        ([("a.npy", npy()), ("a.txt", b"")], "end in .npy"),
    ],
)
def test_npz_members(tmp_path, members, match):
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            archive.writestr(name, data)
    refused("npz", tmp_path / "w.npz", match)


def test_npz_bomb(tmp_path):
    np.savez_compressed(tmp_path / "w.npz", a=np.zeros(5_000_000, np.float32))
    refused("npz", tmp_path / "w.npz", "expansion", LimitError)


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("new", [True, False])
def test_pickles_that_run_code(tmp_path, new):
    canary, path = tmp_path / "canary", tmp_path / "w.pt"
    torch.save({"a": Payload(canary)}, path, _use_new_zipfile_serialization=new)
    refused("torch", path, "more than tensors")
    assert not canary.exists()
    torch.save(torch.nn.Linear(2, 2), path, _use_new_zipfile_serialization=new)
    refused("torch", path, "state_dict")


def test_torch_archives(tmp_path):
    path = tmp_path / "w.pt"
    whole = io.BytesIO()
    torch.save({"a": torch.ones(2)}, whole)
    for name, match in (("../x", "leads out"), ("archive/code/x.py", "TorchScript")):
        path.write_bytes(whole.getvalue())
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, b"")
        refused("torch", path, match)
    path.write_bytes(whole.getvalue())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/9", bytes(20_000_000))
    refused("torch", path, "expansion", LimitError)


def test_torch_containers_in_themselves(tmp_path):
    path = tmp_path / "w.pt"
    within = {"a": torch.ones(2)}
    within["again"] = within
    torch.save(within, path)
    refused("torch", path, "nested too deeply", LimitError)
    doubling = [torch.ones(2)]
    for _ in range(40):
        doubling = [doubling, doubling]
    torch.save({"state_dict": {"a": doubling}}, path)
    refused("torch", path, "more items", LimitError, Limits(members=10_000))
    torch.save({"a": {"b": torch.ones(2)}, "a.b": torch.zeros(2)}, path)
    refused("torch", path, "one name")


@pytest.mark.parametrize("ending", ["safetensors", "npz", "pt"])
def test_cuts_and_flips(tmp_path, ending):
    path = tmp_path / f"w.{ending}"
    name = "torch" if ending == "pt" else ending
    module_of(name).write(path, ArrayTensors(ARRAYS))
    whole = path.read_bytes()
    step = 1
    broken = [whole[:end] for end in range(0, len(whole), step)]
    broken += [
        whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
        for at in range(0, len(whole), step)
    ]
    errors = 0
    for data in broken:
        path.write_bytes(data)
        errors += fails(name, path)
    assert errors >= len(whole) // step


def fails(name, path):
    """Whether a file is refused; any other error than the announced one goes through."""
    try:
        with module_of(name).open_file(path) as file:
            file.read_all()
    except FileFormatError as error:
        if path.name not in str(error):
            raise AssertionError("the error does not name the file") from error
        return True
    return False
