"""Every part of many configurations replaced by something else: an answer, or our error."""

import copy
import json

import numpy as np
import pytest

from tests.golden import handmade_keras1, handmade_keras2
from tests.golden.index import FOLDER, read
from weight_port.legacy_config import LegacyConfigError, modernize

JUNK = (
    None,
    3,
    -1.5,
    True,
    "x",
    "",
    [],
    {},
    [[]],
    {"class_name": [], "config": {}},
    [3, "x", 0, {}],
)
HANDMADE = {**handmade_keras1.MODELS, **handmade_keras2.MODELS}


def configs():
    for (name, version), make in HANDMADE.items():
        yield name, version, lambda make=make: make(np.random.default_rng(0))[0]
    for name in ("nested_functional", "stacked_cells", "batch_normalization", "conv_lstm_2d"):
        yield f"tf_keras/{name}", "2.21.0", lambda name=name: in_file(f"tf_keras/{name}.h5")


def in_file(name):
    import h5py

    with h5py.File(FOLDER / name) as file:
        return json.loads(file.attrs["model_config"])


def paths(value, path=()):
    """The path of every part, the outermost first."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


def replaced(config, path, value):
    if not path:
        return value
    config = copy.copy(config)
    config[path[0]] = replaced(config[path[0]], path[1:], value)
    return config


def without(config, path):
    config = copy.copy(config)
    if len(path) == 1:
        del config[path[0]]
    else:
        config[path[0]] = without(config[path[0]], path[1:])
    return config


@pytest.mark.parametrize(
    ("version", "make"), [pytest.param(v, make, id=name) for name, v, make in configs()]
)
def test_mutated(version, make):
    config = json.loads(json.dumps(make()))
    messages, answered = [], 0
    for path in paths(config):
        mutations = [replaced(config, path, junk) for junk in JUNK]
        if path:
            mutations.append(without(config, path))
        for mutated in mutations:
            try:
                new = modernize(mutated, version)
            except LegacyConfigError as error:
                messages.append(str(error))
            else:
                json.dumps(new)
                assert isinstance(new["class_name"], str)
                answered += 1
    assert len(messages) > 50
    assert all("Received: " in message and len(message) < 1500 for message in messages)
    assert answered > 50


def test_every_golden_config_is_read():
    """The files that other tests load as wholes; here their configurations alone."""
    import zipfile

    import h5py

    seen = 0
    for entry in read():
        path = FOLDER / entry["file"]
        if entry["format"] == "h5":
            with h5py.File(path) as file:
                config = json.loads(file.attrs["model_config"])
                version = file.attrs["keras_version"]
        elif entry["format"] == "keras":
            with zipfile.ZipFile(path) as archive:
                config = json.loads(archive.read("config.json"))
                version = json.loads(archive.read("metadata.json"))["keras_version"]
        else:
            continue
        new = modernize(config, version)
        assert new["class_name"] in ("Sequential", "Functional"), entry["file"]
        seen += 1
    assert seen > 120
