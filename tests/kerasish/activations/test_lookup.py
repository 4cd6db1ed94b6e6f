"""`activations.get`, `serialize` and `deserialize` against Keras's."""

import functools

import keras
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kerasish import activations
from kerasish.saving import custom_object_scope, register_keras_serializable

NAMES = sorted(set(activations.__all__) - {"get", "serialize", "deserialize"})


@pytest.mark.parametrize("name", NAMES)
def test_names_mean_what_they_mean_in_keras(name):
    function = activations.get(name)
    assert function is getattr(activations, name)
    theirs = keras.activations.get(name)
    assert function.__name__ == theirs.__name__
    assert activations.serialize(function) == keras.activations.serialize(theirs)
    assert activations.deserialize(name) is function
    config = keras.saving.serialize_keras_object(theirs)
    assert activations.get(config) is function
    assert activations.deserialize(config) is function


def test_none_is_linear():
    assert activations.get(None) is activations.linear


TORCH_FUNCTIONS = [
    (torch.tanh, "tanh"),
    (torch.sigmoid, "sigmoid"),
    (torch.exp, "exponential"),
    (torch.relu, "relu"),
    (F.relu, "relu"),
    (F.relu6, "relu6"),
    (F.elu, "elu"),
    (F.celu, "celu"),
    (F.silu, "silu"),
    (F.hardswish, "hard_silu"),
    (F.gelu, "gelu"),
    (F.mish, "mish"),
    (F.hardsigmoid, "hard_sigmoid"),
    (F.softsign, "softsign"),
    (F.logsigmoid, "log_sigmoid"),
]


@pytest.mark.parametrize(("function", "name"), TORCH_FUNCTIONS)
def test_functions_of_torch_become_those_of_keras_with_equal_values(function, name):
    x = torch.linspace(-30, 30, 121, dtype=torch.float64)
    found = activations.get(function)
    assert found is getattr(activations, name)
    # TensorFlow's constants of GELU are those of float32, at which ours stay in float64.
    tolerance = 1e-8 if name == "gelu" else 1e-15
    torch.testing.assert_close(found(x), function(x), rtol=tolerance, atol=tolerance)
    assert activations.serialize(function) == name


TORCH_MODULES = [
    (nn.Identity(), "linear"),
    (nn.ReLU(), "relu"),
    (nn.ReLU6(), "relu6"),
    (nn.LeakyReLU(0.2), "leaky_relu"),
    (nn.ELU(), "elu"),
    (nn.CELU(), "celu"),
    (nn.SELU(), "selu"),
    (nn.Sigmoid(), "sigmoid"),
    (nn.Tanh(), "tanh"),
    (nn.SiLU(), "silu"),
    (nn.Hardswish(), "hard_silu"),
    (nn.GELU(), "gelu"),
    (nn.Mish(), "mish"),
    (nn.Hardsigmoid(), "hard_sigmoid"),
    (nn.Softsign(), "softsign"),
    (nn.Tanhshrink(), "tanh_shrink"),
    (nn.Softshrink(), "soft_shrink"),
    (nn.Hardshrink(), "hard_shrink"),
    (nn.LogSigmoid(), "log_sigmoid"),
    (nn.Softmax(dim=-1), "softmax"),
    (nn.LogSoftmax(dim=-1), "log_softmax"),
]


@pytest.mark.parametrize(("module", "name"), TORCH_MODULES, ids=lambda value: str(value))
def test_modules_of_torch_stay_and_are_saved_by_name(module, name):
    assert activations.get(module) is module
    assert activations.serialize(module) == name
    x = torch.linspace(-30, 30, 121, dtype=torch.float64)
    tolerance = {"gelu": 1e-8, "leaky_relu": 2e-8}.get(name, 1e-12)  # constants of float32
    torch.testing.assert_close(activations.get(name)(x), module(x), rtol=tolerance, atol=tolerance)


def test_a_module_with_other_settings_is_not_saved_under_a_name_that_means_less():
    with pytest.raises(TypeError, match=r"'leaky_relu' means .*Received: .*0.01"):
        activations.serialize(nn.LeakyReLU())
    with pytest.raises(TypeError, match="get_config"):
        activations.serialize(nn.PReLU())


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("rellu", r"Unknown activation 'rellu'\. Did you mean 'relu'.*Received: 'rellu'"),
        ("Softmax", "Did you mean 'softmax'"),
        ("hard_sigmod", "Did you mean 'hard_sigmoid'"),
        ("qqq", r"Unknown activation 'qqq'\. One of your own"),
        (3, "Unknown activation: expected.*Received: 3"),
        (nn.ReLU, r"write `ReLU\(\)`"),
    ],
)
def test_what_is_unknown_is_refused_with_near_names(identifier, message):
    with pytest.raises(ValueError, match=message):
        activations.get(identifier)


@register_keras_serializable("test_lookup")
def scaled_tanh(x):
    return 1.7159 * torch.tanh(x)


def unregistered(x):
    return x


def test_functions_of_the_user():
    config = activations.serialize(scaled_tanh)
    assert config == {
        "module": "builtins",
        "class_name": "function",
        "config": "test_lookup>scaled_tanh",
        "registered_name": "function",
    }
    assert activations.get(config) is scaled_tanh
    assert activations.get("test_lookup>scaled_tanh") is scaled_tanh
    assert activations.get(unregistered) is unregistered
    config = activations.serialize(unregistered)
    assert config == keras.activations.serialize(unregistered)
    with pytest.raises(TypeError, match="no function 'unregistered'"):
        activations.get(config)
    assert activations.deserialize(config, {"unregistered": unregistered}) is unregistered
    with custom_object_scope({"unregistered": unregistered}):
        assert activations.get(config) is unregistered
        assert activations.get("unregistered") is unregistered


def test_a_callable_object_is_used_but_not_saved():
    partial = functools.partial(activations.leaky_relu, negative_slope=0.4)
    assert activations.get(partial) is partial
    with pytest.raises(TypeError, match=r"Received: functools\.partial"):
        activations.serialize(partial)
