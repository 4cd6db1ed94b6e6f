"""What the two scripts that run Keras share."""

import json
import shutil

from tests.golden.architectures import make_inputs, randomize
from tests.golden.index import FOLDER, layer_classes, write_arrays

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
DOUBLE_TOLERANCE = {"rtol": 1e-10, "atol": 1e-10}


def clear(name):
    """Return an empty folder for the files of one writer."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def prepared(make, namespace, folder, seed):
    """Make a model with random weights; store inputs and outputs.

    Returns:
        The model and the common part of the entries of its files.
    """
    namespace.backend.clear_session()
    model = make(namespace)
    randomize(model, seed)
    inputs = make_inputs(model, seed)
    name = make.__name__
    path = folder / f"{name}.npz"
    calls = [listed(model(inputs if len(inputs) > 1 else inputs[0])) for _ in range(2)]
    stateful = "stateful" in name
    write_arrays(path, inputs, calls[0], calls[1] if stateful else None)
    if stateful:
        reset(model)
    return model, {
        "architecture": name,
        "data": f"{folder.name}/{path.name}",
        "layers": layer_classes(json.loads(model.to_json())),
        **(DOUBLE_TOLERANCE if "double" in name else TOLERANCE),
    }


def reset(model):
    """Set the states of stateful layers to zero, in either Keras."""
    for layer in model.layers:
        if not getattr(layer, "stateful", False):
            continue
        for method in ("reset_state", "reset_states"):
            if hasattr(layer, method):
                getattr(layer, method)()
                break


def listed(outputs):
    """The outputs as a list of arrays."""
    return [one.numpy() for one in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


def entry(path, common, **more):
    """The index's entry of a file or folder."""
    return {"file": path.relative_to(FOLDER).as_posix(), **more, **common}
