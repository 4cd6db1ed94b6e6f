"""HDF5 files in the layouts of Keras 1.2 and 2.0 to 2.3, and the arrays as these stored them."""

import json

import h5py
import numpy as np

from tests.golden.reference import GRU_GATES, LSTM_GATES


def write_model(path, version, config, weights, backend="tensorflow"):
    """Write a whole model.

    Args:
        path: The file.
        version: Version of Keras.
        config: The model's `class_name` and `config`.
        weights: For each layer in order, its name and its arrays by their names.
        backend: The backend that Keras ran on.
    """
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version.encode()
        if not version.startswith("1."):
            file.attrs["backend"] = backend.encode()
        file.attrs["model_config"] = json.dumps(config).encode()
        write_weights(file.create_group("model_weights"), version, weights, backend)


def write_weights(group, version, weights, backend="tensorflow"):
    """Write the layers' arrays into a group, which is the file itself for weights alone."""
    group.attrs["layer_names"] = [name.encode() for name in weights]
    group.attrs["backend"] = backend.encode()
    group.attrs["keras_version"] = version.encode()
    for name, arrays in weights.items():
        layer = group.create_group(name)
        layer.attrs["weight_names"] = [one.encode() for one in arrays]
        for one, array in arrays.items():
            layer.create_dataset(one, data=np.asarray(array, "float32"))


def by_gate(name, p, gates):
    """Keras 1: an array for each gate, the matrices and the bias of one gate together."""
    return {f"{name}_{kind}_{g}:0": p[f"{kind}_{g}"] for g in gates for kind in ("W", "U", "b")}


def lstm_by_gate(name, p):
    """Keras 1's LSTM, whose gates stand in another order than Keras 2's."""
    return by_gate(name, p, ("i", "c", "f", "o"))


def gru_by_gate(name, p):
    return by_gate(name, p, ("z", "r", "h"))


def joined(p, kind, gates):
    return np.concatenate([p[f"{kind}_{g}"] for g in gates], -1)


def recurrent(prefix, p, gates):
    """Keras 2's LSTM or GRU."""
    bias = joined(p, "b", gates)
    if f"r_{gates[0]}" in p:
        bias = np.stack([bias, joined(p, "r", gates)])
    return {
        f"{prefix}/kernel:0": joined(p, "W", gates),
        f"{prefix}/recurrent_kernel:0": joined(p, "U", gates),
        f"{prefix}/bias:0": bias,
    }


def cudnn(prefix, p, gates):
    """Keras 2's CuDNNLSTM or CuDNNGRU: what cuDNN takes, in arrays of the plain layer's shapes."""

    def transposed(matrix):
        return np.ascontiguousarray(matrix.T).reshape(matrix.shape)

    biases = [p[f"b_{g}"] for g in gates] + [p[f"r_{g}"] for g in gates]
    return {
        f"{prefix}/kernel:0": np.concatenate([transposed(p[f"W_{g}"]) for g in gates], -1),
        f"{prefix}/recurrent_kernel:0": np.concatenate([p[f"U_{g}"].T for g in gates], -1),
        f"{prefix}/bias:0": np.concatenate(biases),
    }


def summed(p):
    """The weights of a plain LSTM that computes what a layer with two sets of biases does."""
    return {
        name: value + p[f"r_{name[2:]}"] if name.startswith("b_") else value
        for name, value in p.items()
        if not name.startswith("r_")
    }


def gates_of(p):
    return LSTM_GATES if "W_f" in p else GRU_GATES
