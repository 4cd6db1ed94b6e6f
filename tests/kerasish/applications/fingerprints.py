"""What a model is made of, in a few numbers; run to write those of real Keras anew.

python -m tests.kerasish.applications.fingerprints
"""

import hashlib
import inspect
import json
from pathlib import Path

FILE = Path(__file__).with_name("fingerprints.json")
CASES = {
    "classifier": {"classes": 7},
    "features": {"include_top": False, "pooling": "avg", "input_shape": (96, 96, 3)},
}
SKIPPED = {"build_config", "registered_name"}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in SKIPPED}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def fingerprint(model):
    """Its name, sizes, and digests: of the names, classes and configurations of its layers, of how
    they are joined, and of the shapes of their weights."""
    layers = [[one.name, type(one).__name__, plain(one.get_config())] for one in model.layers]
    edges = [
        sorted(
            tensor._keras_history[0].name
            for node in one._inbound_nodes
            for tensor in node.input_tensors
        )
        for one in model.layers
    ]
    weights = [[one.name, [list(w.shape) for w in one.weights]] for one in model.layers]
    return {
        "name": model.name,
        "layers": len(layers),
        "params": model.count_params(),
        "output": list(model.output_shape),
        **{
            key: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
            for key, value in (("configs", layers), ("edges", edges), ("weights", weights))
        },
    }


def signature(function):
    return [
        f"{one.name}={one.default!r}" for one in inspect.signature(function).parameters.values()
    ]


def fingerprints(applications, clear):
    """Fingerprints of all architectures of a namespace."""
    found = {}
    for name in sorted(dir(applications)):
        make = getattr(applications, name)
        if not inspect.isfunction(make):
            continue
        found[name] = {"signature": signature(make)}
        for case, options in CASES.items():
            clear()
            found[name][case] = fingerprint(make(weights=None, **options))
    return found


if __name__ == "__main__":
    import keras

    made = fingerprints(keras.applications, keras.utils.clear_session)
    FILE.write_text(json.dumps(made, indent=1) + "\n")
