"""Every hypothesis is found for its own wrong port, and claims no other difference."""

from __future__ import annotations

from collections.abc import Callable

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.weight_port.verify.builders import random_layer
from weight_port import layouts
from weight_port.gates import GATE_ORDERS, gate_order, gate_permutation
from weight_port.layouts import Layout
from weight_port.transform import regate, to_torch, weight_to_keras, weight_to_torch
from weight_port.verify.diagnose import diagnose_layer
from weight_port.verify.hypotheses import WEIGHT_HYPOTHESES

Arrays = dict[str, np.ndarray]
FRAMEWORKS = [
    (framework, cell)
    for framework, cell in GATE_ORDERS
    if gate_order(framework, cell) != gate_order("keras", cell)
]


def causes(layer_class: str, a: Arrays, b: Arrays) -> dict[str, str]:
    """The hypotheses that were found, by the weight that they explain."""
    names = [n for n in a if n in b and not (a[n].shape == b[n].shape and (a[n] == b[n]).all())]
    found = diagnose_layer(a, b, layouts.get(layer_class), names=names)
    return {name: d.hypothesis for d in found for name in d.weights}


@pytest.mark.parametrize(("framework", "cell"), FRAMEWORKS)
@pytest.mark.parametrize("there", [True, False])
def test_gate_order_of_every_framework(framework: str, cell: str, there: bool) -> None:
    layer_class = cell.upper()
    a = random_layer(layer_class, inputs=5)
    order = ("keras", framework) if there else (framework, "keras")
    b = {name: regate(array, cell, *order) for name, array in a.items()}
    (found,) = diagnose_layer(a, b, layouts.get(layer_class))
    assert found.hypothesis == "gate_order"
    assert found.weights == ("kernel", "recurrent_kernel", "bias")
    assert framework in found.sentence
    if gate_permutation(cell, *order) == gate_permutation(cell, *order[::-1]) or there:
        assert ", ".join(gate_order(framework, cell)) in found.sentence
    else:
        assert "reordered as if" in found.sentence


def test_an_order_that_no_framework_has() -> None:
    a = random_layer("LSTM")
    b = dict(a, kernel=np.roll(a["kernel"].reshape(4, 4, 4), 1, axis=1).reshape(4, 16))
    (found,) = diagnose_layer(a, b, layouts.get("LSTM"))
    assert found.hypothesis == "gate_order"
    assert "no framework in the gate table has" in found.sentence


def _cudnn(layer_class: str, name: str, array: np.ndarray) -> np.ndarray:
    torch = weight_to_torch(layouts.get(layer_class), name, array)
    return np.asarray(weight_to_keras(layouts.get(f"CuDNN{layer_class}"), name, torch))


def _by_gate(array: np.ndarray) -> np.ndarray:
    rows, columns = array.shape
    return np.concatenate([block.T for block in np.split(array, columns // rows, axis=1)], axis=1)


def _put(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Arrays], Arrays]:
    return lambda a: {**a, name: np.asarray(change(a[name]))}


def _swap(first: str, second: str) -> Callable[[Arrays], Arrays]:
    return lambda a: {**a, first: a[second], second: a[first]}


def _two(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.stack([top, bottom])


ZERO = np.zeros(12, "float32")
FORGET = np.repeat(np.array([0, 1, 0, 0], "float32"), 4)
# hypothesis, class, wrong port
WRONG: list[tuple[str, str, Callable[[Arrays], Arrays]]] = [
    ("kernels_swapped", "GRU", _swap("kernel", "recurrent_kernel")),
    ("gamma_beta_swapped", "BatchNormalization", _swap("gamma", "beta")),
    ("mean_variance_swapped", "BatchNormalization", _swap("moving_mean", "moving_variance")),
    ("other_weight", "BatchNormalization", lambda a: {**a, "gamma": a["moving_mean"]}),
    ("transposed", "Dense", _put("kernel", np.transpose)),
    ("cudnn_fill", "LSTM", _put("recurrent_kernel", _by_gate)),
    ("cudnn_fill", "LSTM", _put("recurrent_kernel", lambda w: _cudnn("LSTM", "kernel", w))),
    ("bias_halves_swapped", "GRU", _put("bias", lambda b: b[::-1])),
    ("bias_halves_summed", "GRU", _put("bias", lambda b: _two(b[0] + b[1], ZERO))),
    ("bias_halves_summed", "GRU", _put("bias", lambda b: _two(ZERO, b[0] + b[1]))),
    ("bias_halves_summed", "GRU", _put("bias", lambda b: _two(b[0] + b[1], b[0] + b[1]))),
    ("bias_half_only", "GRU", _put("bias", lambda b: _two(b[0], ZERO))),
    ("bias_half_only", "GRU", _put("bias", lambda b: _two(ZERO, b[1]))),
    ("bias_half_only", "GRU", _put("bias", lambda b: _two(b[0], b[0]))),
    ("bias_doubled", "LSTM", _put("bias", lambda b: 2 * b)),
    ("bias_doubled", "GRU", _put("bias", lambda b: b / 2)),
    ("reset_after", "GRU", _put("bias", lambda b: b[0] + b[1])),
    ("reset_after", "GRU", _put("bias", lambda b: b[1])),
    ("forget_bias", "LSTM", _put("bias", lambda b: b + FORGET)),
    ("forget_bias", "LSTM", _put("bias", lambda b: b - FORGET)),
    ("never_loaded", "Dense", _put("kernel", np.zeros_like)),
    ("never_loaded", "BatchNormalization", _put("gamma", np.ones_like)),
    ("rounded", "Dense", _put("kernel", lambda w: w.astype(ml_dtypes.bfloat16).astype(w.dtype))),
    ("rounded", "Dense", _put("kernel", lambda w: w.astype("float16").astype("float64"))),
    ("rounded", "GRU", _put("kernel", lambda w: w.astype(ml_dtypes.bfloat16))),
    ("epsilon_in_variance", "BatchNormalization", _put("moving_variance", lambda v: v + 1e-3)),
    (
        "epsilon_in_variance",
        "BatchNormalization",
        _put("moving_variance", lambda v: v + (1e-3 - 1e-5)),
    ),
    ("deviation_for_variance", "BatchNormalization", _put("moving_variance", np.sqrt)),
    (
        "deviation_for_variance",
        "BatchNormalization",
        _put("moving_variance", lambda v: 1 / np.sqrt(v + 1e-3)),
    ),
    ("constant_factor", "Dense", _put("kernel", lambda w: 0.7 * w)),
    ("rows_shifted", "Embedding", _put("embeddings", lambda e: np.roll(e, 1, axis=0))),
    (
        "rows_shifted",
        "Embedding",
        _put("embeddings", lambda e: np.concatenate([np.full_like(e[:1], 9), e])),
    ),
    ("rows_shifted", "Embedding", _put("embeddings", lambda e: e[1:])),
    (
        "transposed+gate_order",
        "GRU",
        _put("kernel", lambda w: regate(w, "gru", "keras", "torch").T),
    ),
    (
        "bias_halves_summed+gate_order",
        "GRU",
        _put("bias", lambda b: regate(_two(b[0] + b[1], ZERO), "gru", "keras", "torch")),
    ),
    (
        "reset_after+gate_order",
        "GRU",
        _put("bias", lambda b: regate(b[0] + b[1], "gru", "keras", "torch")),
    ),
]


@pytest.mark.parametrize(("hypothesis", "layer_class", "port"), WRONG)
def test_a_wrong_port_is_explained(
    hypothesis: str, layer_class: str, port: Callable[[Arrays], Arrays]
) -> None:
    a = random_layer(layer_class, seed=3)
    b = port(a)
    changed = {n for n in a if a[n].shape != b[n].shape or not np.allclose(a[n], b[n], 1e-5, 1e-6)}
    assert changed
    found = causes(layer_class, a, b)
    assert found == dict.fromkeys(changed, hypothesis)


@pytest.mark.parametrize("layer_class", ["LSTM", "GRU"])
def test_a_kernel_as_cudnn_stores_it(layer_class: str) -> None:
    """Its shape is that of the plain kernel even where the inputs are not as many as the units."""
    a = random_layer(layer_class, inputs=6)
    b = {**a, "kernel": _cudnn(layer_class, "kernel", a["kernel"])}
    assert causes(layer_class, a, b) == {"kernel": "cudnn_fill"}


def test_the_reshape_in_place_of_a_transpose() -> None:
    a = random_layer("Dense", inputs=5)
    torch = to_torch(layouts.get("Dense"), a)
    b = {**a, "kernel": torch["weight"].reshape(5, 4)}
    assert causes("Dense", a, b) == {"kernel": "reshaped"}


def test_a_mirrored_and_a_transposed_convolution() -> None:
    rng = np.random.default_rng(0)
    a = {"kernel": rng.normal(size=(3, 3, 2, 4)).astype("float32")}
    assert causes("Conv2D", a, {"kernel": a["kernel"][::-1, ::-1]}) == {"kernel": "flipped"}
    b = {"kernel": a["kernel"].transpose(1, 0, 2, 3)}
    assert causes("Conv2D", a, b) == {"kernel": "transposed"}


def test_exchanged_directions() -> None:
    layout = layouts.get("LSTM", bidirectional=True)
    forward, backward = random_layer("LSTM", 1), random_layer("LSTM", 2)
    names = [f"{d}/{n}" for d in ("forward", "backward") for n in forward]
    arrays = [*forward.values(), *backward.values()]
    a = dict(zip(names, arrays, strict=True))
    b = dict(zip(names, arrays[3:] + arrays[:3], strict=True))
    (found,) = diagnose_layer(a, b, layout)
    assert found.hypothesis == "directions_swapped"
    assert set(found.weights) == set(a)


def test_the_other_side_may_be_the_wrong_one() -> None:
    a = random_layer("GRU")
    rounded = {**a, "kernel": a["kernel"].astype(ml_dtypes.bfloat16).astype("float32")}
    (found,) = diagnose_layer(rounded, a, layouts.get("GRU"), names=["kernel"])
    assert found.hypothesis == "rounded"
    assert found.sentence == "kernel was rounded to bfloat16 in a."


def test_every_hypothesis_has_a_wrong_port() -> None:
    tested = {name for name, _, _ in WRONG}
    tested |= {"gate_order", "reshaped", "flipped", "directions_swapped", "bias_addend_lost"}
    assert {h.name for h in WEIGHT_HYPOTHESES} <= tested
    assert len({h.name for h in WEIGHT_HYPOTHESES}) == len(WEIGHT_HYPOTHESES)


CLASSES = ["LSTM", "GRU", "SimpleRNN", "BatchNormalization", "Dense", "Embedding"]


@settings(max_examples=150, deadline=None)
@given(
    layer_class=st.sampled_from(CLASSES),
    seed=st.integers(0, 2**32 - 1),
    inputs=st.integers(2, 6),
    units=st.integers(2, 6),
    scale=st.sampled_from([1.0, 1e-2, 3e-5]),
)
def test_an_unrelated_difference_is_not_explained(
    layer_class: str, seed: int, inputs: int, units: int, scale: float
) -> None:
    a = random_layer(layer_class, seed, inputs, units)
    noise = random_layer(layer_class, seed + 1, inputs, units)
    for b in (noise, {n: a[n] + np.float32(scale) * noise[n] for n in a}):
        assert not diagnose_layer(a, b, layouts.get(layer_class))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), layout=st.sampled_from(CLASSES))
def test_equal_weights_need_no_explanation(seed: int, layout: str) -> None:
    a = random_layer(layout, seed)
    assert not diagnose_layer(a, {n: v.copy() for n, v in a.items()}, _layout(layout))


def _layout(layer_class: str) -> Layout:
    return layouts.get(layer_class)
