"""Comparisons of lists of layers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.weight_port.verify.builders import random_layer, record
from weight_port import layouts
from weight_port.formats.tensors import LazyTensors, TensorInfo
from weight_port.records.record import LayerRecord
from weight_port.transform import convert, regate
from weight_port.verify.axes import named_axes
from weight_port.verify.compare import Verdict, WeightComparison, compare_weights
from weight_port.verify.heat_map import grid_levels, heat_map


def compared(a: LayerRecord, b: LayerRecord, **kwargs) -> WeightComparison:
    return compare_weights([a], [b], **kwargs)


def test_equal_close_and_different() -> None:
    a = random_layer("GRU")
    b = {n: v.copy() for n, v in a.items()}
    b["kernel"] *= np.float32(1 + 1e-6)
    b["bias"][1, 7] += 1
    result = compared(record("gru", "GRU", a), record("gru", "GRU", b))
    (layer,) = result.layers
    verdicts = {w.name: w.verdict for w in layer.weights}
    assert verdicts == {
        "kernel": Verdict.CLOSE,
        "recurrent_kernel": Verdict.EQUAL,
        "bias": Verdict.DIFFERENT,
    }
    assert not result.good
    assert layer.largest is not None
    assert layer.largest.name == "bias"
    assert layer.largest.where == "set 1, gate reset, unit 3"
    assert not layer.diagnoses


def test_the_place_is_told_for_kernels_too() -> None:
    a = random_layer("LSTM", inputs=7, units=3)
    kernel = a["kernel"].copy()
    kernel[4, 10] += 2
    result = compared(record("lstm", "LSTM", a), record("lstm", "LSTM", dict(a, kernel=kernel)))
    weight = result.layers[0].weights[0]
    assert weight.where == "in 4, gate output, unit 1"
    assert weight.difference is not None
    assert weight.difference.absolute.index == (4, 10)
    assert weight.difference.absolute.b == kernel[4, 10]


def test_cause_is_reported_for_the_layer() -> None:
    a = random_layer("GRU", inputs=5)
    b = {n: regate(v, "gru", "keras", "torch") for n, v in a.items()}
    result = compared(record("gru", "GRU", a), record("gru", "GRU", b))
    (found,) = result.diagnoses
    assert (found.hypothesis, found.layer) == ("gate_order", "gru")
    assert not compared(record("g", "GRU", a), record("g", "GRU", b), diagnose=False).diagnoses


def test_missing_layers_and_weights_and_other_shapes() -> None:
    dense = random_layer("Dense", units=3)
    a = [record("one", "Dense", dense), record("two", "Dense", random_layer("Dense", units=8))]
    b = [
        record("one", "Dense", {"kernel": dense["kernel"][:, :2], "extra": dense["bias"]}),
        record("three", "BatchNormalization", random_layer("BatchNormalization")),
    ]
    result = compare_weights(a, b)
    assert [(layer.path, layer.verdict) for layer in result.layers] == [
        ("one", Verdict.MISSING_IN_B),
        ("two", Verdict.MISSING_IN_B),
        ("three", Verdict.MISSING_IN_A),
    ]
    verdicts = {w.name: w.verdict for w in result.layers[0].weights}
    assert verdicts == {
        "kernel": Verdict.SHAPE,
        "bias": Verdict.MISSING_IN_B,
        "extra": Verdict.MISSING_IN_A,
    }
    assert result.layers[0].weights[0].shapes == ((4, 3), (4, 2))


def test_one_weight_is_read_at_a_time() -> None:
    arrays = random_layer("LSTM")
    held: list[str] = []

    def read(name: str) -> np.ndarray:
        held.append(name)
        return arrays[name]

    infos = {n: TensorInfo.of(v) for n, v in arrays.items()}
    layout = layouts.get("LSTM")
    a = LayerRecord("lstm", "LSTM", layout, LazyTensors(infos, read))
    b = LayerRecord("lstm", "LSTM", layout, LazyTensors(infos, read))
    assert compare_weights([a], [b]).verdict is Verdict.EQUAL
    assert held == ["kernel"] * 2 + ["recurrent_kernel"] * 2 + ["bias"] * 2


def test_layers_of_cudnn_are_compared_with_those_of_today() -> None:
    a = random_layer("GRU", inputs=5)
    old = convert(layouts.get("GRU"), layouts.get("CuDNNGRU"), a)
    result = compared(record("gru", "GRU", a), record("gru", "CuDNNGRU", old))
    assert result.verdict is Verdict.EQUAL


def test_exchanged_layers_and_directions() -> None:
    paths = ["bidirectional/forward_layer", "bidirectional/backward_layer"]
    weights = [random_layer("LSTM", 1), random_layer("LSTM", 2)]
    a = [record(p, "LSTM", w) for p, w in zip(paths, weights, strict=True)]
    b = [record(p, "LSTM", w) for p, w in zip(paths, reversed(weights), strict=True)]
    result = compare_weights(a, b)
    assert [d.hypothesis for d in result.diagnoses] == ["directions_swapped"] * 2
    a = [record(p, "Dense", random_layer("Dense", i)) for i, p in enumerate(["query", "key"])]
    b = [record(p, "Dense", random_layer("Dense", 1 - i)) for i, p in enumerate(["query", "key"])]
    result = compare_weights(a, b)
    assert [d.hypothesis for d in result.diagnoses] == ["layers_swapped"] * 2
    assert "the weights that key has in a" in result.layers[0].diagnoses[0].sentence


def test_a_class_that_the_table_does_not_have() -> None:
    a = {"w": np.arange(6.0).reshape(2, 3)}
    b = {"w": a["w"] + 1}
    result = compared(record("mine", "Mine", a), record("mine", "Mine", b))
    assert result.verdict is Verdict.DIFFERENT
    assert result.layers[0].weights[0].where == ""


def test_names_of_weights_are_not_formats() -> None:
    a = {"{weights}{right.x}": np.arange(6.0)}
    b = {"{weights}{right.x}": np.zeros(6)}
    (found,) = compared(record("m", "Mine", a), record("m", "Mine", b)).diagnoses
    assert "{right.x}" in found.sentence


@pytest.mark.parametrize("units", [1, 3, 50])
def test_heat_map_bands_are_the_gates(units: int) -> None:
    a = random_layer("GRU", inputs=40, units=units)["kernel"]
    b = a.copy()
    b[11, -1] += 1
    axes = named_axes(layouts.get("GRU"), "kernel", {"kernel": a.shape})
    grid = heat_map(a, b, axes)
    assert grid is not None
    assert [band[0] for band in grid.bands] == ["update", "reset", "new"]
    cells = np.array(grid.cells)
    assert cells.shape == (32, grid.bands[-1][2])
    assert np.count_nonzero(cells) == 1
    assert cells[:, -1].max() == pytest.approx(1, rel=1e-5)
    assert np.max(grid_levels(grid.cells)) == 1


@pytest.mark.parametrize("shape", [(), (5,), (3, 3, 2, 70), (0, 4)])
def test_heat_map_of_any_shape(shape: tuple[int, ...]) -> None:
    a = np.zeros(shape)
    b = np.full(shape, np.nan)
    grid = heat_map(a, b)
    if not a.size:
        assert grid is None
        return
    assert grid is not None
    assert np.isinf(grid.cells).all()
    assert np.max(grid_levels(grid.cells)) == 1
