"""Global state: names, seeds and defaults, through `kerasish.utils` and `kerasish.backend`."""

import inspect

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import backend, utils


@pytest.fixture
def defaults():
    before = backend.floatx(), backend.epsilon(), backend.image_data_format()
    yield
    backend.set_floatx(before[0])
    backend.set_epsilon(before[1])
    backend.set_image_data_format(before[2])


@pytest.mark.parametrize("clear", [utils.clear_session, backend.clear_session])
def test_names_start_anew(clear):
    clear()
    first = [kerasish.layers.LSTM(2).name for _ in range(2)], (kerasish.Input((2,)) + 1).name
    clear(free_memory=False)
    second = [kerasish.layers.LSTM(2).name for _ in range(2)], (kerasish.Input((2,)) + 1).name
    assert first == second
    assert first[0] == ["lstm", "lstm_1"]


def test_random_numbers_after_it_are_those_of_keras():
    drawn = []
    for n in (keras, kerasish):
        n.utils.set_random_seed(3)
        n.random.normal((2,))
        n.utils.clear_session()
        drawn.append(np.asarray(n.random.normal((3,))))
    np.testing.assert_array_equal(drawn[1], drawn[0])


def test_defaults(defaults):
    assert (backend.floatx(), backend.epsilon(), backend.image_data_format()) == (
        keras.backend.floatx(),
        keras.backend.epsilon(),
        keras.backend.image_data_format(),
    )
    backend.set_floatx("float64")
    backend.set_epsilon(1e-5)
    backend.set_image_data_format("channels_first")
    assert kerasish.config.floatx() == "float64"
    assert kerasish.layers.Dense(2).dtype == "float64"
    assert kerasish.config.epsilon() == 1e-5
    assert kerasish.config.image_data_format() == "channels_first"
    with pytest.raises(ValueError, match=r"Received: 'int8'"):
        backend.set_floatx("int8")


def test_questions_about_tensors():
    symbol = kerasish.Input((None, 3))
    assert backend.backend() == "torch"
    assert backend.is_keras_tensor(symbol)
    assert not backend.is_keras_tensor(torch.ones(2))
    assert backend.int_shape(symbol) == (None, None, 3)
    assert backend.int_shape(torch.ones(2, 3)) == (2, 3)
    assert backend.int_shape("text") is None
    for dtype in ("float32", "bfloat16", "int8", "uint16", "bool", torch.float64, np.int32, None):
        name = backend.standardize_dtype(dtype)
        if not isinstance(dtype, torch.dtype):
            assert name == keras.backend.standardize_dtype(dtype)
        assert backend.is_float_dtype(dtype) == keras.backend.is_float_dtype(name)
        assert backend.is_int_dtype(dtype) == keras.backend.is_int_dtype(name)


def test_names_are_those_of_keras():
    keras2 = pytest.importorskip("tf_keras").backend
    for ours, theirs in ((utils, [keras.utils]), (backend, [keras.backend, keras2])):
        for name in ours.__all__:
            assert any(hasattr(module, name) for module in theirs), name
            assert callable(getattr(ours, name)) or inspect.ismodule(getattr(ours, name))
