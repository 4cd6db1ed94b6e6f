"""SavedModels whose description of Keras's layers is damaged or lies."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from tests.weight_port.formats import bundle_writing as writing
from weight_port.errors import FileFormatError, LimitError
from weight_port.formats import Limits, open_file
from weight_port.records.files import records_of

DENSE = {"class_name": "Dense", "config": {"name": "dense"}}
MODEL = {
    "class_name": "Functional",
    "config": {"name": "model", "layers": [DENSE]},
    "keras_version": "2.9.0",
}
ARRAYS = {"layer_with_weights-0/kernel": np.ones((2, 2), np.float32)}


def node(text, path="root", identifier="_tf_keras_network"):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    inner = writing.field(3, path.encode()) + writing.field(4, identifier.encode())
    return writing.field(1, inner + writing.field(5, text))


def saved_model(tmp_path, metadata):
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    writing.write_bundle(folder / "variables" / "variables", ARRAYS)
    (folder / "keras_metadata.pb").write_bytes(metadata)
    return folder


def refused(folder, match, error=FileFormatError, **options):
    start = time.perf_counter()
    with pytest.raises(error, match=match) as caught:
        open_file(folder, **options)
    assert "model" in str(caught.value)
    assert "Received" in str(caught.value)
    assert time.perf_counter() - start < 5


def test_what_it_says(tmp_path):
    shape = {"class_name": "TensorShape", "items": [None, 2]}
    several = {"class_name": "__tuple__", "items": [shape, 3]}
    config = {**MODEL["config"], "shapes": several}
    folder = saved_model(
        tmp_path,
        node({**MODEL, "config": config, "training_config": {"loss": "mse"}})
        + node(DENSE, "root.layer-0")
        + node({"strange": 1}, "root.x", "_tf_keras_own")
        + node({"no": 1}, "root.signatures", "signature_map"),
    )
    with open_file(folder) as file:
        assert file.config == {
            "class_name": "Functional",
            "config": {**MODEL["config"], "shapes": [[None, 2], 3]},
        }
        assert file.training == {"loss": "mse"}
        assert file.metadata == {"keras_version": "2.9.0"}
        assert file.layer_metadata == {"layer-0": DENSE, "x": {"strange": 1}}
        np.testing.assert_array_equal(file.read(next(iter(file))), np.ones((2, 2)))


def test_flips_and_cuts_at_every_byte(tmp_path):
    whole = node(MODEL) + node(DENSE, "root.layer-0", "_tf_keras_layer")
    folder = saved_model(tmp_path, whole)
    broken = [whole[:end] for end in range(len(whole))]
    broken += [
        whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
        for at in range(len(whole))
        for bit in range(8)
    ]
    messages = [message for message in (outcome(folder, data) for data in broken) if message]
    assert len(messages) > len(whole)
    assert all("keras_metadata.pb" in message for message in messages)
    assert outcome(folder, whole) == ""


def outcome(folder, metadata):
    """Return the error, or nothing where the arrays are as they were."""
    (folder / "keras_metadata.pb").write_bytes(metadata)
    try:
        file = open_file(folder)
    except FileFormatError as error:
        return str(error)
    with file:
        assert list(file) == list(ARRAYS)
        np.testing.assert_array_equal(file.read(next(iter(file))), np.ones((2, 2)))
    return ""


@pytest.mark.parametrize(
    ("metadata", "match", "error"),
    [
        (node(b"{"), "not valid JSON", FileFormatError),
        (node(b"[]"), "has to be a JSON object", FileFormatError),
        (node(b'{"a": 1, "a": 2}'), "twice", FileFormatError),
        (node(b"\xff\xfe"), "has to be text", FileFormatError),
        (node(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "nested", LimitError),
        (node(b'{"a":"' + b"x" * 2000 + b'"}'), "longer", LimitError),
        (writing.field(1, 5), "has to be bytes", FileFormatError),
        (b"\x0a\xff\xff\xff\xff\x0f", "broken", FileFormatError),
        (node({}) * 300, "more objects", LimitError),
        (writing.field(9, 0) * 1_000_001, "more fields", LimitError),
    ],
)
def test_descriptions_that_lie(tmp_path, metadata, match, error):
    folder = saved_model(tmp_path, metadata)
    json_bytes = 1000 if match == "longer" else 1 << 20
    refused(folder, match, error, limits=Limits(members=200, json_bytes=json_bytes))


def test_a_description_that_is_too_long(tmp_path):
    folder = saved_model(tmp_path, bytes(5000))
    refused(folder, "longer", LimitError, limits=Limits(json_bytes=1000))


@pytest.mark.parametrize(
    ("stored", "match"),
    [
        ({"class_name": 5, "config": {"layers": 3}}, "needs a class_name and a config"),
        ({"class_name": "Sequential", "config": {"layers": [DENSE]}}, "no layer has it"),
        ({"class_name": "Functional", "config": {"layers": 3}}, ""),
        ({"class_name": "Functional", "config": [1]}, ""),
        ({"class_name": "Own", "config": {}}, ""),
        ({"config": {"layers": []}}, ""),
    ],
)
def test_configurations_that_do_not_fit(tmp_path, stored, match):
    with open_file(saved_model(tmp_path, node(stored))) as file:
        if match:
            with pytest.raises(FileFormatError, match=match):
                records_of(file)
        else:
            assert [record.path for record in records_of(file)] == ["layer_with_weights-0"]


@pytest.mark.parametrize("name", ["keras_metadata.pb", "variables", "variables/variables.index"])
def test_links(tmp_path, name):
    folder = saved_model(tmp_path, node(MODEL))
    elsewhere = tmp_path / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere, target_is_directory=elsewhere.is_dir())
    refused(folder, "link")


def test_without_a_description(tmp_path):
    folder = saved_model(tmp_path, b"")
    (folder / "keras_metadata.pb").unlink()
    with open_file(folder) as file:
        assert file.config is None
    (folder / "saved_model.pb").write_bytes(b"\x12\x02\xff\xff")
    refused(folder, "saved_model.pb")
