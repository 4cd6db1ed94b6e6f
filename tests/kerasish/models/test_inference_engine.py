"""`compile_inference`: predictions of ONNX Runtime are those of torch."""

import copy
import pickle

import numpy as np
import pytest
import torch

import kerasish
from kerasish.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Input, Lambda
from kerasish.models import Model, Sequential


def masked_model():
    ids, more = Input((None,), dtype="int32", name="ids"), Input((3,), name="more")
    hidden = Embedding(7, 4, mask_zero=True)(ids)
    sequence, *states = LSTM(5, return_sequences=True, return_state=True)(hidden)
    both = Bidirectional(GRU(2))(sequence)
    return Model([ids, more], {"out": Dense(2)(both), "more": Dense(1)(more), "c": states[1]})


def inputs(batch, time):
    noise = np.random.default_rng(batch)
    return [noise.integers(0, 7, (batch, time)), noise.normal(size=(batch, 3))]


def test_outputs_are_those_of_torch_for_any_size():
    model = masked_model()
    cases = [(inputs(1, 4), None), (inputs(7, 9), 3)]
    wanted = [model.predict(x, batch_size=size, verbose=0) for x, size in cases]
    assert model.compile_inference() is None
    for (x, size), expected in zip(cases, wanted, strict=True):
        found = model.predict(x, batch_size=size, verbose=0)
        assert list(found) == list(expected)
        for name in expected:
            assert found[name].dtype == np.float32
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-6)
    by_name = model.predict({"more": cases[0][0][1], "ids": cases[0][0][0]}, verbose=0)
    np.testing.assert_allclose(by_name["out"], wanted[0]["out"], rtol=1e-5, atol=1e-6)


def test_it_is_onnx_runtime_that_runs():
    model = Sequential([Input((8, 2)), LSTM(3)])
    model.compile_inference(threads=1)
    model.layers[0].call = None  # torch could not run any more
    assert model.predict(torch.ones(2, 8, 2), verbose=0).shape == (2, 3)
    with pytest.raises(TypeError):
        model(torch.ones(2, 8, 2))


def test_several_outputs_come_in_a_list():
    inputs = Input((8, 2))
    model = Model(inputs, LSTM(3, return_state=True)(inputs))
    x = np.random.default_rng(0).normal(size=(2, 8, 2))
    wanted = model.predict(x, verbose=0)
    model.compile_inference()
    found = model.predict(x, verbose=0)
    assert type(found) is type(wanted) is list
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_new_weights_count_and_copies_are_free():
    model = Sequential([Input((4,)), Dense(2)])
    x = np.ones((3, 4), "float32")
    model.compile_inference()
    before = model.predict(x, verbose=0)
    model.set_weights([weight + 1 for weight in model.get_weights()])
    assert not np.allclose(model.predict(x, verbose=0), before)
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x).numpy(), rtol=1e-6)
    model.layers[0].linear = torch.nn.Linear(4, 2)
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x).numpy(force=True), rtol=1e-6)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other._engine is None
        np.testing.assert_allclose(other.predict(x, verbose=0), model.predict(x, verbose=0), 1e-6)
    model.compile_inference("torch")
    assert model._engine is None


def test_what_does_not_work_is_said():
    model = Sequential([Input((4,)), Lambda(lambda x: x * 2, name="double")])
    with pytest.raises(kerasish.export.ExportError, match="double"):
        model.compile_inference()
    assert model._engine is None
    with pytest.raises(ValueError, match=r"'onnxruntime', 'torch'.*Received: engine='tensorrt'"):
        model.compile_inference("tensorrt")
