"""Files for attacks: small ones, built on the spot, whose payloads touch a canary alone."""

import json
import zipfile

import h5py
import numpy as np

from weight_port.formats import Limits

# So low that attacks stay tiny.
LOW = Limits(
    expansion=8,
    expansion_floor=1 << 16,
    json_bytes=1 << 16,
    json_depth=40,
    attribute_bytes=1 << 12,
    members=200,
    depth=12,
    name_bytes=256,
)


def dense_config(units=2, features=3):
    layers = [
        {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "config": {"batch_shape": [None, features], "name": "input"},
            "registered_name": None,
        },
        {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"units": units, "name": "dense"},
            "registered_name": None,
        },
    ]
    return sequential(layers)


def sequential(layers):
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "sequential", "layers": layers},
        "registered_name": None,
    }


def with_layer(layer):
    """A model whose second layer is the attack."""
    config = dense_config()
    config["config"]["layers"].insert(1, layer)
    return config


def write_weights(path, arrays=None):
    arrays = (
        {"0": np.ones((3, 2), "float32"), "1": np.zeros(2, "float32")} if arrays is None else arrays
    )
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        for name, array in arrays.items():
            group[name] = array
    return path


def keras_file(path, config=None, weights=None, extra=()):
    """A `.keras` file of a configuration (or its text) and a weights file."""
    config = dense_config() if config is None else config
    if weights is None:
        weights = write_weights(path.with_suffix(".part.h5"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        archive.write(weights, "model.weights.h5")
        for name, content in extra:
            archive.writestr(name, content)
    return path


def legacy_file(path, config=None, version="3.15.1", change=None):
    """A whole-model `.h5` file, to which `change(file)` may do something."""
    config = dense_config() if config is None else config
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version
        file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = np.array([b"dense"])
        layer = root.create_group("dense")
        layer.attrs["weight_names"] = np.array([b"dense/kernel:0", b"dense/bias:0"])
        layer["dense/kernel:0"] = np.ones((3, 2), "float32")
        layer["dense/bias:0"] = np.zeros(2, "float32")
        if change is not None:
            change(file)
    return path


def weights_file(path, change):
    """A `.weights.h5` file of one Dense layer, to which `change(file)` does something."""
    write_weights(path)
    with h5py.File(path, "r+") as file:
        change(file)
    return path
