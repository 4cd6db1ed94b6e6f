"""HDF5 files that lead elsewhere, or promise more than they hold."""

import time
import tracemalloc

import h5py
import numpy as np
import pytest

from kerasish.models import load_model
from tests.weight_port.hostile.building import (
    LOW,
    keras_file,
    legacy_file,
    weights_file,
    write_weights,
)
from weight_port import formats
from weight_port.errors import FileFormatError, LimitError


def external(canary):
    def change(file):
        group = file["layers/dense/vars"]
        del group["0"]
        group.create_dataset("0", (3, 2), "float32", external=[(str(canary), 0, 24)])

    return change


def external_link(canary):
    def change(file):
        with h5py.File(canary.parent.parent / "other.h5", "w") as other:
            other["0"] = np.ones((3, 2), "float32")
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink(canary.parent.parent / "other.h5", "/0")

    return change


def soft_link(canary):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.SoftLink("/layers/dense/vars/1")

    return change


def link_in_the_middle(canary):
    def change(file):
        with h5py.File(canary.parent.parent / "other.h5", "w") as other:
            other["vars/0"] = np.ones((3, 2), "float32")
        del file["layers/dense"]
        file["layers/dense"] = h5py.ExternalLink(canary.parent.parent / "other.h5", "/")

    return change


def virtual(canary):
    def change(file):
        with h5py.File(canary.parent.parent / "other.h5", "w") as other:
            other["0"] = np.ones((3, 2), "float32")
        layout = h5py.VirtualLayout((3, 2), "float32")
        source = h5py.VirtualSource(str(canary.parent.parent / "other.h5"), "0", (3, 2))
        layout[:] = source
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_virtual_dataset("0", layout)

    return change


def cycle(canary):
    def change(file):
        file["layers/dense/again"] = file["layers"]

    return change


def deep(canary):
    def change(file):
        file.create_group("/".join("abcdefghijklmnopqrstuvw"))

    return change


def many_members(canary):
    def change(file):
        for number in range(300):
            file.create_group(f"layers/group_{number}")

    return change


def long_name(canary):
    def change(file):
        file.create_group("x" * 1000)

    return change


def shape_bomb(canary):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset(
            "0", (2**20, 2**20), "float32", chunks=(2**10, 2**10), compression="gzip"
        )

    return change


def chunk_bomb(canary):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset(
            "0", (3, 2), "float32", chunks=(2**14, 2**14), maxshape=(None, None), compression="gzip"
        )

    return change


def zeros_bomb(canary):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset(
            "0", data=np.zeros((512, 512), "float32"), compression="gzip"
        )

    return change


def cumulative_bomb(canary):
    def change(file):
        for number in range(60):
            file["layers/dense/vars"].create_dataset(
                f"{number + 2}", data=np.zeros((120, 120), "float32"), compression="gzip"
            )

    return change


def unwritten(canary):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", (2**17, 2**17), "float32")

    return change


def other_filter(canary):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset(
            "0", data=np.ones((3, 2), "int32"), chunks=(3, 2), scaleoffset=0
        )

    return change


def text_array(canary):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = ["a text", "another"]

    return change


def references(canary):
    def change(file):
        group = file["layers/dense/vars"]
        group.create_dataset("2", data=np.array([group["0"].ref], dtype=h5py.ref_dtype))

    return change


def compound(canary):
    def change(file):
        group = file["layers/dense/vars"]
        group.create_dataset("2", data=np.zeros(3, [("a", "f4"), ("b", "i4")]))

    return change


def named_type(canary):
    def change(file):
        file["layers/kind"] = np.dtype("float32")

    return change


def no_values(canary):
    def change(file):
        file["layers/dense/vars/2"] = h5py.Empty("float32")

    return change


ATTACKS = [
    (external, "external storage"),
    (external_link, "ExternalLink"),
    (soft_link, "SoftLink"),
    (link_in_the_middle, "ExternalLink"),
    (virtual, "a virtual dataset"),
    (cycle, "reached in two ways"),
    (deep, "nested too deeply"),
    (many_members, "Limits\\(members"),
    (long_name, "name in '/' is too long"),
    (shape_bomb, "bytes in memory"),
    (chunk_bomb, "one of its chunks"),
    (zeros_bomb, "bytes in memory"),
    (cumulative_bomb, "together|bytes in memory"),
    (unwritten, "more bytes than are stored"),
    (other_filter, "filter number"),
    (text_array, "holds no numbers"),
    (references, "holds no numbers"),
    (compound, "holds no numbers"),
    (named_type, "neither a group nor an array"),
    (no_values, "empty dataspace"),
]


@pytest.mark.parametrize(("attack", "message"), ATTACKS, ids=lambda a: getattr(a, "__name__", ""))
def test_weights_file(attack, message, canary, tmp_path):
    path = weights_file(tmp_path / "m.weights.h5", attack(canary))
    before, began = canary.stat().st_atime_ns, time.monotonic()
    tracemalloc.start()
    with pytest.raises(FileFormatError, match=message) as caught:
        formats.open_file(path, limits=LOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - began < 5
    assert peak < 1 << 23
    assert canary.stat().st_atime_ns == before
    assert "m.weights.h5" in str(caught.value)
    assert "Received" in str(caught.value)


@pytest.mark.parametrize(("attack", "message"), ATTACKS, ids=lambda a: getattr(a, "__name__", ""))
def test_inside_a_model_file(attack, message, canary, tmp_path):
    weights = weights_file(tmp_path / "part.h5", attack(canary))
    path = keras_file(tmp_path / "m.keras", weights=weights)
    with pytest.raises(FileFormatError, match=message):
        load_model(path, limits=LOW)


def test_a_bomb_of_the_expected_name_is_refused_from_its_shape(tmp_path):
    """Keras 3.15 takes 25 s and 3.6 GB for 800 MB of zeros in place of a (4, 3) kernel."""
    path = weights_file(tmp_path / "m.weights.h5", shape_bomb(None))
    began = time.monotonic()
    with pytest.raises(LimitError, match=r"4,398,046,511,104 bytes"):
        formats.open_file(path)  # by the usual limits
    assert time.monotonic() - began < 2


def legacy_external_link(file):
    with h5py.File(file.filename + ".other", "w") as other:
        other["dense"] = np.ones(2)
    del file["model_weights"]
    file["model_weights"] = h5py.ExternalLink(file.filename + ".other", "/")


def legacy_layer_link(file):
    del file["model_weights/dense"]
    file["model_weights/dense"] = h5py.SoftLink("/model_weights")


def weight_outside(file):
    names = np.array([b"../../secret", b"dense/bias:0"])
    file["model_weights/dense"].attrs["weight_names"] = names


def weight_through_link(file):
    file["model_weights/dense/ext"] = h5py.SoftLink("/")
    names = np.array([b"ext/kernel:0", b"dense/bias:0"])
    file["model_weights/dense"].attrs["weight_names"] = names


def layer_outside(file):
    file["model_weights"].attrs["layer_names"] = np.array([b"../../../etc/passwd"])


def layer_twice(file):
    file["model_weights"].attrs["layer_names"] = np.array([b"dense", b"dense"])


def weight_twice(file):
    names = np.array([b"dense/bias:0", b"dense/bias:0"])
    file["model_weights/dense"].attrs["weight_names"] = names


def names_are_numbers(file):
    file["model_weights"].attrs["layer_names"] = np.arange(3)


def names_are_references(file):
    reference = np.array([file["model_weights"].ref], dtype=h5py.ref_dtype)
    file["model_weights"].attrs.create("layer_names", reference)


def names_are_not_utf8(file):
    file["model_weights"].attrs["layer_names"] = np.array([b"\xff\xfe"])


def no_names(file):
    del file["model_weights"].attrs["layer_names"]


def huge_names(file):
    file["model_weights"].attrs["layer_names"] = np.array([b"x" * 60000])


LEGACY = [
    (legacy_external_link, "ExternalLink"),
    (legacy_layer_link, "SoftLink"),
    (weight_outside, "lists a weight that is not there"),
    (weight_through_link, "SoftLink"),
    (layer_outside, "lists a layer that it has no group for"),
    (layer_twice, "names a layer twice"),
    (weight_twice, "lists a weight twice"),
    (names_are_numbers, "list of texts"),
    (names_are_references, "neither text nor numbers"),
    (names_are_not_utf8, "not UTF-8"),
    (no_names, "no attribute 'layer_names'"),
    (huge_names, "attribute_bytes"),
]


@pytest.mark.parametrize(("attack", "message"), LEGACY, ids=lambda a: getattr(a, "__name__", ""))
def test_legacy_file(attack, message, canary, tmp_path):
    path = legacy_file(tmp_path / "m.h5", change=attack)
    with pytest.raises(FileFormatError, match=message) as caught:
        load_model(path, limits=LOW)
    assert "m.h5" in str(caught.value)


def test_the_plain_files_load(tmp_path):
    """What the attacks change is sound before."""
    for path in (legacy_file(tmp_path / "m.h5"), keras_file(tmp_path / "m.keras")):
        model = load_model(path, limits=LOW)
        np.testing.assert_array_equal(model.get_weights()[0], np.ones((3, 2)))
    formats.open_file(write_weights(tmp_path / "m.weights.h5"), limits=LOW).close()


def test_packed_weights_of_a_usual_kind_load(tmp_path):
    values = np.random.default_rng(0).normal(size=(64, 64)).astype("float32")

    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset(
            "0", data=values, compression="gzip", shuffle=True, fletcher32=True
        )

    path = weights_file(tmp_path / "m.weights.h5", change)
    with formats.open_file(path) as file:
        np.testing.assert_array_equal(file.read("layers/dense/vars/0"), values)


def test_raised_limits_let_large_files_through(tmp_path):
    path = weights_file(tmp_path / "m.weights.h5", zeros_bomb(None))
    with pytest.raises(LimitError):
        formats.open_file(path, limits=LOW)
    with formats.open_file(path) as file:
        assert not file.read("layers/dense/vars/0").any()
