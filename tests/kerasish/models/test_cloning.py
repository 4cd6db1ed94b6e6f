"""`clone_model` against Keras's."""

import inspect

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import layers
from kerasish.models import clone_model
from tests.kerasish.model_checker import assert_same, build_both
from tests.kerasish.model_zoo import MODELS, VECTORS, nested, residual, sequential


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_clones_have_weights_of_their_own(make):
    theirs, ours = build_both(make)
    one, two = keras.models.clone_model(theirs), clone_model(ours)
    assert [layer.name for layer in two.layers] == [layer.name for layer in ours.layers]
    assert [w.shape for w in two.weights] == [tuple(w.shape) for w in one.weights]
    assert not {id(p) for p in two.parameters()} & {id(p) for p in ours.parameters()}
    two.set_weights(ours.get_weights())
    assert_same(two.predict(MODELS[make], verbose=0), ours.predict(MODELS[make], verbose=0))
    assert two.name == one.name == ours.name


def wider(layer):
    config = layer.get_config()
    if "units" in config:
        config["units"] = config["units"] + 1
    return type(layer).from_config(config)


def changed_units(n):
    inputs = n.Input((3,))
    return n.Model(inputs, n.layers.Dense(2)(n.layers.Dense(4)(inputs)))


@pytest.mark.parametrize("make", [changed_units, sequential])
def test_clone_function(make):
    theirs, ours = build_both(make)
    one = keras.models.clone_model(theirs, clone_function=wider)
    two = clone_model(ours, clone_function=wider)
    # Keras names a new input after the symbol, not after its layer.
    assert [layer.name for layer in two.layers][1:] == [layer.name for layer in one.layers][1:]
    assert [w.shape for w in two.weights] == [tuple(w.shape) for w in one.weights]
    assert two.count_params() > ours.count_params()


def test_call_function_puts_layers_between():
    theirs, ours = build_both(residual)
    clones = []
    for n, model in ((keras, theirs), (kerasish, ours)):

        def call(layer, *args, n=n, **kwargs):
            outputs = layer(*args, **kwargs)
            if isinstance(layer, n.layers.Dense):
                outputs = n.layers.Activation("tanh")(outputs)
            return outputs

        clones.append(
            n.models.clone_model(model, clone_function=lambda layer: layer, call_function=call)
        )
    one, two = clones
    assert len(two.layers) == len(one.layers) == len(ours.layers) + 3
    assert_same(two(torch.tensor(VECTORS)), one(VECTORS))
    # The layers are the same ones, so their weights are shared.
    ours.set_weights([w + 1 for w in ours.get_weights()])
    np.testing.assert_array_equal(two.get_weights()[0], ours.get_weights()[0])


def test_recursive():
    theirs, ours = build_both(nested)
    one = keras.models.clone_model(theirs, clone_function=without_kernels, recursive=True)
    two = clone_model(ours, clone_function=without_kernels, recursive=True)
    assert [w.shape for w in two.weights] == [tuple(w.shape) for w in one.weights]
    assert all(not np.any(w) for w in two.get_weights())
    assert any(np.any(w) for w in clone_model(ours, recursive=True).get_weights())


def without_kernels(layer):
    config = layer.get_config()
    if "kernel_initializer" in config:
        config["kernel_initializer"] = "zeros"
    return type(layer).from_config(config)


def test_on_given_symbols():
    theirs, ours = build_both(residual)
    clones = []
    for n, model in ((keras, theirs), (kerasish, ours)):
        symbol = n.Input((3,), name="mine")
        clones.append(n.models.clone_model(model, input_tensors=symbol))
    assert clones[1].layers[0].name == clones[0].layers[0].name == "mine"
    _, ours = build_both(sequential)
    symbol = kerasish.Input((8, 2), name="mine")
    assert clone_model(ours, input_tensors=[symbol]).input is symbol


def test_errors():
    model = kerasish.Sequential([kerasish.Input((3,)), layers.Dense(2)])
    with pytest.raises(ValueError, match=r"`call_function` for Functional models only. Received"):
        clone_model(model, call_function=print)
    with pytest.raises(ValueError, match=r"one symbol as `input_tensors`.*Received"):
        clone_model(model, input_tensors=3)
    function = kerasish.Model(model.input, model.output)
    with pytest.raises(ValueError, match=r"symbols in the structure.*Received"):
        clone_model(function, input_tensors=[model.input, model.input])

    class Own(kerasish.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(ValueError, match=r"Functional and Sequential models only.*class Own"):
        clone_model(Own(), clone_function=wider)
    assert isinstance(clone_model(Own()), Own)


def test_signature():
    ours = inspect.signature(clone_model).parameters
    theirs = inspect.signature(keras.models.clone_model).parameters
    assert list(ours) == [name for name in theirs if name != "kwargs"]


def test_a_clone_is_compiled_as_the_model() -> None:
    x = kerasish.Input((3,))
    models = [
        kerasish.Sequential([kerasish.Input((3,)), kerasish.layers.Dense(1)]),
        kerasish.Model(x, kerasish.layers.Dense(1)(x)),
    ]
    for model in models:
        assert not kerasish.models.clone_model(model).compiled
        model.compile(kerasish.optimizers.SGD(0.5, momentum=0.1), "mse", metrics=["mae"])
        clone = kerasish.models.clone_model(model)
        assert clone.compiled
        assert clone.optimizer is not model.optimizer
        assert clone.optimizer.get_config() == model.optimizer.get_config()
        assert clone.loss == "mse"
