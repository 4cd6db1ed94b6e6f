"""Zip files whose members lead out of them, expand without end, or lie."""

import io
import json
import struct
import zipfile

import numpy as np
import pytest

from kerasish.models import load_model
from tests.weight_port.hostile.building import LOW, dense_config, keras_file, write_weights
from weight_port import formats
from weight_port.errors import FileFormatError


def rebuild(path, change):
    """Write an archive anew, its members and their infos changed by `change(infos)`."""
    with zipfile.ZipFile(path) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    members = change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in members:
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize(
    "name", ["../outside", "/absolute", "a/../../outside", "C:/windows", "..\\outside", "\\a"]
)
def test_members_that_lead_out(name, canary, tmp_path):
    path = keras_file(tmp_path / "m.keras", extra=[(name, b"content")])
    with pytest.raises(FileFormatError, match="leads out of the file"):
        load_model(path)


def test_links(canary, tmp_path):
    info = zipfile.ZipInfo("assets/link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    path = rebuild(
        keras_file(tmp_path / "m.keras"), lambda members: [*members, (info, str(canary).encode())]
    )
    with pytest.raises(FileFormatError, match="is a link"):
        load_model(path)


def test_names_that_stand_twice(tmp_path):
    path = keras_file(tmp_path / "m.keras")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", json.dumps(dense_config(5)))
    with pytest.raises(FileFormatError, match="stands twice"):
        load_model(path)


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5", "metadata.json"])
def test_bombs(member, tmp_path):
    """200 MB of blanks, deflated to 200 kB."""

    def change(members):
        bomb = zipfile.ZipInfo(member)
        bomb.compress_type = zipfile.ZIP_DEFLATED
        kept = [(info, content) for info, content in members if info.filename != member]
        return [*kept, (bomb, b" " * (1 << 24))]

    path = rebuild(keras_file(tmp_path / "m.keras"), change)
    with pytest.raises(FileFormatError, match=r"larger than it may be|bytes in memory"):
        load_model(path, limits=LOW)


def test_a_member_that_is_longer_than_it_says(tmp_path):
    path = keras_file(tmp_path / "m.keras")
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("config.json").file_size
    # In the central directory alone, and in both.
    for count in (1, 2):
        changed = content
        for _ in range(count):
            at = changed.rindex(struct.pack("<II", size, size))
            changed = changed[:at] + struct.pack("<II", size - 9, size - 9) + changed[at + 8 :]
        path.write_bytes(changed)
        with pytest.raises(ValueError, match="Received"):
            load_model(path)


def test_packed_weights_load(tmp_path):
    """A `.keras` file that someone packed again with compression."""

    def change(members):
        for info, _ in members:
            info.compress_type = zipfile.ZIP_DEFLATED
        return members

    path = rebuild(keras_file(tmp_path / "m.keras"), change)
    np.testing.assert_array_equal(load_model(path).get_weights()[0], np.ones((3, 2)))


def test_a_flipped_bit_in_the_weights_is_found_by_the_checksum(tmp_path):
    path = keras_file(tmp_path / "m.keras")
    content = bytearray(path.read_bytes())
    at = content.index(np.ones(6, "float32").tobytes())
    content[at + 5] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"model\.weights\.h5.*checksum"):
        load_model(path)


@pytest.mark.parametrize("missing", ["config.json", "model.weights.h5"])
def test_missing_members(missing, tmp_path):
    path = rebuild(
        keras_file(tmp_path / "m.keras"),
        lambda members: [pair for pair in members if pair[0].filename != missing],
    )
    with pytest.raises(FileFormatError, match="Received"):
        load_model(path)


def npz(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def npy(header, content=b""):
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text + content


def npy_of(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


NPZ = {
    "pickle": npy_of(np.array([{"a": 1}, None], dtype=object)),
    "huge_shape": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,)}"),
    "overflow": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
    "negative": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"),
    "no_header": b"\x93NUMPY\x01\x00\xff\xff",
    "code": npy("__import__('os').system('true')"),
    "long_header": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1," * 70000 + ")}"),
    "many_axes": npy(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {(1,) * 40}}}", b"1234"),
    "text": npy_of(np.array(["a", "b"])),
    "structured": npy_of(np.zeros(2, [("a", "f4")])),
    "dates": npy_of(np.array(["2020-01-01"], "M8[D]")),
    "short": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", b"123"),
    "long": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", b"12345678"),
    "wrong_mark": npy_of(np.zeros(2, "uint16")),
}


@pytest.mark.parametrize("attack", NPZ)
def test_npz(attack, canary, tmp_path):
    name = "a@float64.npy" if attack == "wrong_mark" else "a.npy"
    path = npz(tmp_path / "a.npz", (name, NPZ[attack]))
    with pytest.raises(FileFormatError, match="Received"):
        formats.open_file(path).read_all()


def test_npz_bomb(tmp_path):
    path = npz(tmp_path / "a.npz", ("a.npy", npy_of(np.zeros(1 << 18, "float32"))))
    with pytest.raises(FileFormatError, match="bytes in memory"):
        formats.open_file(path, limits=LOW)


def test_many_members(tmp_path):
    small = npy_of(np.zeros(1, "float32"))
    path = npz(tmp_path / "a.npz", *[(f"{number}.npy", small) for number in range(300)])
    with pytest.raises(FileFormatError, match=r"more members.*Limits\(members"):
        formats.open_file(path, limits=LOW)


def test_zip_of_something_else(tmp_path):
    path = npz(tmp_path / "a.zip", ("readme.txt", b"hello"))
    with pytest.raises(FileFormatError, match="no model file of a known format"):
        formats.open_file(path)


def test_weights_that_are_no_hdf5(tmp_path):
    weights = tmp_path / "w"
    weights.write_bytes(b"not HDF5" * 100)
    with pytest.raises(FileFormatError, match="can't be read"):
        load_model(keras_file(tmp_path / "m.keras", weights=weights))
    assert write_weights(tmp_path / "sound.h5").exists()
