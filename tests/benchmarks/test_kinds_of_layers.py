"""Every kind of layer is built by every peer, and all of them compute the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import kerasish
from benchmarks.cases import FRAMES, LAYERS, MANY, Case, Size, all_cases, quick_cases
from benchmarks.data import make_data
from benchmarks.peers import open_peer
from benchmarks.peers.keras_api import make_layer
from benchmarks.run import ENGINE, OWN, run_case
from benchmarks.works import WORKS

TINY = Size("tiny", 3, 5, 4, 6)
IMAGES = replace(FRAMES, batch=2, time=3, units=4, side=5)
LOCAL = (OWN, ENGINE, "torch", "onnxruntime")
# ONNX has none of these functions, and no `RNN` of a cell that it does not know.
NOT_IN_ONNX = ("LSTM-custom", "RNN-cell")


@pytest.fixture(scope="module")
def peers():
    return {name: open_peer(name, "cpu", 1) for name in LOCAL}


@pytest.fixture(autouse=True)
def _one_thread():
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(count)


def size_of(layer):
    return IMAGES if WORKS[layer].image else TINY


@pytest.mark.parametrize("action", ["forward", "train"])
@pytest.mark.parametrize("layer", WORKS)
def test_local_peers_agree(peers, layer, action):
    outcome = run_case(Case(layer, size_of(layer), action), peers, 0, 2)
    assert not outcome.failures
    expected = {OWN}
    if WORKS[layer].torch:
        expected.add("torch")
    if action == "forward" and layer not in NOT_IN_ONNX:
        expected.add("onnxruntime")
    assert set(outcome.contenders) == expected


def test_every_action_and_mask(peers):
    for action, mask in (("predict", None), *(("forward", m) for m in ("right", "left", "holes"))):
        outcome = run_case(Case("GRU", TINY, action, mask), peers, 0, 2)
        assert not outcome.failures
        assert ("onnxruntime" in outcome.contenders) is True
        assert (ENGINE in outcome.contenders) == (action == "predict")
    many = Case("LSTM", replace(TINY, time=2), MANY)
    outcome = run_case(many, peers, 0, 2)
    assert set(outcome.contenders) == set(LOCAL)
    assert make_data(many).inputs.shape == (10_000, 2, 4)
    assert many.shape == "10000, 2, 4, 6"


def test_the_paths_are_those_that_the_report_names(peers):
    kinds = ("LSTM", "GRU-stacked", "Bidirectional", "LSTM-relu", "LSTM-custom", "RNN-cell")
    paths = [run_case(Case(k, TINY, "forward"), {OWN: peers[OWN]}, 0, 2).path for k in kinds]
    assert paths == ["fused", "fused", "shared", "scan", "loop", "loop"]


@pytest.mark.parametrize("layer", ["LSTM-stacked", "RNN-cell", "ConvLSTM2D", "GRU-reset_before"])
def test_keras_computes_the_same(monkeypatch, peers, layer):
    import tensorflow as tf

    from benchmarks.peers.keras_tensorflow import KerasTensorFlowPeer

    # Only before TensorFlow has run anything can it be told.
    for name in ("set_intra_op_parallelism_threads", "set_inter_op_parallelism_threads"):
        monkeypatch.setattr(tf.config.threading, name, lambda threads: None)
    both = {OWN: peers[OWN], "keras-tensorflow": KerasTensorFlowPeer("cpu", 1)}
    outcome = run_case(Case(layer, size_of(layer), "train"), both, 0, 2)
    assert not outcome.failures
    assert len(outcome.contenders) == 2


@pytest.mark.parametrize("action", ["forward", "train"])
def test_operations_of_a_stack_are_those_that_torch_counts(action):
    cells = [nn.LSTMCell(TINY.features, TINY.units), nn.LSTMCell(TINY.units, TINY.units)]
    states = [[torch.zeros(TINY.batch, TINY.units, requires_grad=True)] * 2 for _ in cells]
    with FlopCounterMode(display=False) as counter:
        for x in torch.randn(TINY.time, TINY.batch, TINY.features):
            for number, cell in enumerate(cells):
                states[number] = cell(x, states[number])
                x = states[number][0]
        if action == "train":
            x.sum().backward()
    assert Case("LSTM-stacked", TINY, action).flops == counter.get_total_flops()


def test_operations_of_convolutions_are_those_that_torch_counts():
    case = Case("ConvLSTM2D", IMAGES, "forward")
    layer, x = make_layer(kerasish, case), torch.from_numpy(make_data(case).inputs)
    layer.build(x.shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(x)
    assert case.flops == counter.get_total_flops()


def test_names_are_unique_and_all_kinds_are_measured():
    names = [case.name for case in all_cases()]
    assert len(set(names)) == len(names)
    assert {case.layer for case in all_cases()} == set(WORKS)
    assert 10 < len(quick_cases()) < 16
    assert {case.layer for case in all_cases() if case.mask} == set(LAYERS)


def test_data_is_the_same_for_every_peer():
    one, other = (make_data(Case("GRU-relu", TINY, "train")) for _ in range(2))
    np.testing.assert_array_equal(one.inputs, other.inputs)
    for a, b in zip(one.weights, other.weights, strict=True):
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])
