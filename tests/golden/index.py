"""The table of golden files, `index.json`, and the arrays beside each file."""

import json
import zlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
INDEX = FOLDER / "index.json"


def generator(name):
    """Random numbers that depend on the name of a model alone."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def read():
    """The entries, one for each file."""
    return json.loads(INDEX.read_text()) if INDEX.exists() else []


def replace_entries(writer, entries):
    """Put the entries of one script in place of those that it wrote before."""
    kept = [entry for entry in read() if entry["script"] != writer]
    entries = [{"script": writer, **entry} for entry in entries]
    entries = sorted(kept + entries, key=lambda entry: entry["file"])
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    INDEX.write_text(f"[\n{lines}\n]\n")


def write_arrays(path, inputs, outputs, second_outputs=None):
    """Store inputs and outputs as `input_0`, `output_0`, ..., in the order of the model.

    Outputs of a second call on the same inputs, for stateful models, are `second_output_0`, ...
    """
    arrays = {f"input_{number}": array for number, array in enumerate(inputs)}
    arrays.update({f"output_{number}": array for number, array in enumerate(outputs)})
    if second_outputs is not None:
        named = enumerate(second_outputs)
        arrays.update({f"second_output_{number}": array for number, array in named})
    np.savez_compressed(path, **arrays)


def layer_classes(config):
    """The classes of all layers in a configuration, those in wrappers and models included."""
    found = set()
    pending = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            module = value.get("module")
            if "class_name" in value and (module is None or module.startswith("keras.layers")):
                inner = value.get("config")
                if isinstance(inner, (dict, list)) and (
                    isinstance(inner, list) or "name" in inner or "layer" in inner
                ):
                    found.add(value["class_name"])
            pending.extend(value.values())
        elif isinstance(value, (list, tuple)):
            pending.extend(value)
    return sorted(found - {"Functional", "Model", "Sequential", "InputLayer"})
