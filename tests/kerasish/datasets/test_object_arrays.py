"""Pickles in the files of data sets: arrays are read, and nothing is run."""

import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

from kerasish.datasets.object_arrays import read_npz, read_pickle
from tests.kerasish.datasets.files import Python2Pickler, lists

CANARY = []


class Runs:
    """Calls a function when it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def dumped(value, protocol=2):
    return pickle.dumps(value, protocol)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["u1", "<i4", ">f8", "?"])
def test_arrays_of_numbers(protocol, kind):
    array = np.arange(12).reshape(3, 4).astype(kind)
    for one in (array, np.asfortranarray(array)):
        if protocol > 2:  # before it, Python 3 writes bytes by calling a function
            np.testing.assert_array_equal(
                read_pickle(io.BytesIO(pickle.dumps(one, protocol)), "x"), one
            )
        stream = io.BytesIO()
        Python2Pickler(stream, min(protocol, 2)).dump({"a": one, "b": [1, "c"]})
        stream.seek(0)
        read = read_pickle(stream, "x", encoding="bytes")
        np.testing.assert_array_equal(read[b"a"], one)
        assert read[b"a"].dtype == one.dtype
        assert read[b"b"] == [1, b"c"]


HOSTILE = {
    "system": dumped(Runs(os.system, "false")),
    "eval": dumped(Runs(eval, "__import__('sys')")),
    "in_list": dumped([1, [2, Runs(CANARY.append, 1)]]),
    "numpy_function": dumped(Runs(np.load, "x")),
    "array_of_objects": dumped(lists([[1], [Runs(os.getpid)]])),
    "getattr": dumped(Runs(getattr, "a", "upper")),
    "dtype_alone": dumped(np.dtype("f4"), 4),
    "persistent": b"Pabc\n.",
    "extension": b"\x82\x01.",
    "ended": dumped(list(range(100)))[:50],
    "empty": b"",
    "build_on_function": b"cnumpy\ndtype\n}(X\x01\x00\x00\x00aK\x01ub.",
    "slots_on_function": b"cnumpy\ndtype\nN}(X\x05\x00\x00\x00_madeK\x01u\x86b.",
    "new_object": b"cnumpy\nndarray\n)\x81.",
    "nested_name": b"\x80\x04\x8c\x05numpy\x8c\x0dndarray.dumps\x93.",
    "texts": dumped(lists([["a"]]), 4),
    "deep": dumped(lists([[[1]]]), 4),
    "long_array": dumped(np.arange(3), 4).replace(b"K\x03\x85", b"K\x04\x85"),
    "negative": dumped(np.arange(3), 4).replace(b"K\x03\x85", b"J\xff\xff\xff\xff\x85"),
    "objects_of_bytes": dumped(np.arange(3), 4).replace(b"i8", b"O8"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles(name):
    with pytest.raises(ValueError, match=r"^f holds a pickle with more than .* Received: "):
        read_pickle(io.BytesIO(HOSTILE[name]), "f")
    assert not CANARY
    # The reader is as it was.
    good = pickle.dumps(np.arange(3), 4)
    assert read_pickle(io.BytesIO(good), "f").tolist() == [0, 1, 2]


def test_npz(tmp_path):
    path = tmp_path / "a.npz"
    arrays = {"numbers": np.arange(6.0).reshape(2, 3), "lists": lists([[1, 2], [], [3]])}
    arrays["columns"] = np.asfortranarray(arrays["numbers"])
    np.savez(path, **arrays)
    read = read_npz(str(path))
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        assert read[name].tolist() == array.tolist()
    read["numbers"][0, 0] = 5  # as writable as NumPy's


def npy(header, values):
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + values


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", dumped(Runs(os.getpid))),
         "holds a pickle with more"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,)}", b"12345678"),
         r"does not hold an array .* Received: 8 bytes"),
        (npy("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,)}", b"12345678"),
         r"does not hold an array .*datetime"),
        (npy("{'descr': __import__('os'), 'shape': ()}", b""), "has no valid header"),
        (b"", "has no valid header"),
    ],
    ids=["pickle", "bomb", "type", "header", "empty"],
)  # fmt: skip
def test_hostile_npz(tmp_path, member, message):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", member)
    with pytest.raises(ValueError, match=message):
        read_npz(str(path))


def test_broken_zip(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ValueError, match=r"not a complete zip file"):
        read_npz(str(tmp_path / "a.npz"))
