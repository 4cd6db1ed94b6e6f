"""Recurrent layers in plain NumPy, gate by gate, as the papers write them.

Weights are dictionaries: `W_i`, `U_i`, `b_i` for the inputs' matrix `(features, units)`, the
states' `(units, units)` and the bias of gate `i`, and so on; `r_h` is the states' bias of the new
state in a GRU whose reset gate acts after the product.
"""

import numpy as np

LSTM_GATES = ("i", "f", "c", "o")
GRU_GATES = ("z", "r", "h")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x):
    """Keras 1's and 2's."""
    return np.minimum(np.maximum(0.2 * x + 0.5, 0), 1)


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def random_gates(rng, gates, features, units, state_bias=False):
    p = {}
    for gate in gates:
        p[f"W_{gate}"] = rng.normal(0, 0.5, (features, units))
        p[f"U_{gate}"] = rng.normal(0, 0.5, (units, units))
        p[f"b_{gate}"] = rng.normal(0, 0.5, units)
        if state_bias:
            p[f"r_{gate}"] = rng.normal(0, 0.5, units)
    return {name: value.astype("float32") for name, value in p.items()}


def lstm(x, p, gate=sigmoid, mask=None, states=None):
    """All outputs `(batch, time, units)` and the final states of an LSTM."""
    units = p["b_i"].size
    h, c = (np.zeros((len(x), units)),) * 2 if states is None else states
    outputs = []
    for t in range(x.shape[1]):
        a = {g: x[:, t] @ p[f"W_{g}"] + h @ p[f"U_{g}"] + p[f"b_{g}"] for g in LSTM_GATES}
        new_c = gate(a["f"]) * c + gate(a["i"]) * np.tanh(a["c"])
        new_h = gate(a["o"]) * np.tanh(new_c)
        keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t, None]
        h, c = np.where(keep, new_h, h), np.where(keep, new_c, c)
        outputs.append(h)
    return np.stack(outputs, 1), h, c


def gru(x, p, gate=sigmoid, mask=None):
    """All outputs of a GRU; where there are biases of the states, the reset gate acts late."""
    h = np.zeros((len(x), p["b_z"].size))
    outputs = []
    for t in range(x.shape[1]):
        a = {g: x[:, t] @ p[f"W_{g}"] + p[f"b_{g}"] for g in GRU_GATES}
        late = "r_h" in p
        s = {g: h @ p[f"U_{g}"] + (p[f"r_{g}"] if late else 0) for g in GRU_GATES}
        z, r = gate(a["z"] + s["z"]), gate(a["r"] + s["r"])
        new = np.tanh(a["h"] + (r * s["h"] if late else (r * h) @ p["U_h"]))
        new = z * h + (1 - z) * new
        keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t, None]
        h = np.where(keep, new, h)
        outputs.append(h)
    return np.stack(outputs, 1)


def both_ways(run, x, forward, backward):
    """Outputs of two layers, one over reversed time, in the order of time."""
    return run(x, forward), run(x[:, ::-1], backward)[:, ::-1]


def convolve(x, kernel, bias):
    """A convolution over time with zeros around it, `(width, in, out)`, width odd."""
    width = len(kernel)
    padded = np.pad(x, ((0, 0), (width // 2, width // 2), (0, 0)))
    windows = [padded[:, k : k + x.shape[1]] @ kernel[k] for k in range(width)]
    return sum(windows) + bias
