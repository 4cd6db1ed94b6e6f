"""Several optimizers in one: steps, memory and configs are those of Keras."""

import copy
import io

import keras
import numpy as np
import pytest
import torch
from torch import nn

from kerasish import optimizers
from tests.kerasish.optimizers.both_sides import assert_same_memory, draws, keras_variables


def make(module, **options):
    inner = {"w[01]": module.Adam(0.05, clipnorm=0.5, name="a")}
    default = module.SGD(0.1, momentum=0.5, use_ema=True, name="b")
    return module.MultiOptimizer(module.OptimizerMap(default, inner), name="many", **options)


def choose(module):
    kinds = [module.Nadam(0.05, name="a"), module.RMSprop(0.05, name="b")]
    return module.MultiOptimizer(lambda variable: kinds[len(variable.shape) == 1], name="many")


@pytest.mark.parametrize("how", ["apply", "step"])
@pytest.mark.parametrize("case", ["map", "function", "scaled"])
def test_steps_agree(case, how):
    maker = {"map": make, "function": choose, "scaled": lambda m: make(m, loss_scale_factor=4.0)}
    theirs, ours = maker[case](keras.optimizers), maker[case](optimizers)
    weights, grads = draws("float32", seed=6, steps=8)
    variables = keras_variables(weights, "float32")
    parameters = [nn.Parameter(torch.tensor(w)) for w in weights]
    ours.build([(f"w{i}", p) for i, p in enumerate(parameters)])
    for one in grads:
        theirs.apply([keras.ops.convert_to_tensor(g) for g in one], variables)
        if how == "apply":
            ours.apply(one)
        else:
            for parameter, grad in zip(parameters, one, strict=True):
                parameter.grad = torch.tensor(grad)
            ours.step()
    for a, b in zip(parameters, variables, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.numpy(), atol=2e-6, rtol=2e-6)
    assert_same_memory(ours, theirs, 2e-6)
    assert int(ours.iterations) == int(theirs.iterations) == 8
    assert len(ours.optimizers) == 2
    ours.finalize_variable_values(parameters)
    theirs.finalize_variable_values(variables)
    for a, b in zip(parameters, variables, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.numpy(), atol=2e-6, rtol=2e-6)


def test_configs_go_both_ways():
    config = optimizers.serialize(make(optimizers, loss_scale_factor=2.0))
    assert config == keras.optimizers.serialize(make(keras.optimizers, loss_scale_factor=2.0))
    again = optimizers.deserialize(config)
    assert optimizers.serialize(again) == config
    assert again.optimizers[0].loss_scale_factor == 2.0


def model_and_optimizer():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    choice = optimizers.OptimizerMap(optimizers.SGD(0.05, momentum=0.5))
    choice[".*bias"] = optimizers.Adam(0.05)
    return model, optimizers.MultiOptimizer(choice)


def train(model, optimizer):
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.arange(6.0).reshape(2, 3) / 6).square().sum().backward()
        optimizer.step()


def test_resuming_and_copies():
    model, optimizer = model_and_optimizer()
    optimizer.build(model)
    train(model, optimizer)
    copied_model, copied = copy.deepcopy((model, optimizer))
    again, resumed = model_and_optimizer()
    again.load_state_dict(model.state_dict())
    resumed.build(again)
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    train(model, optimizer)
    train(again, resumed)
    train(copied_model, copied)
    for a, b, c in zip(
        model.parameters(), again.parameters(), copied_model.parameters(), strict=True
    ):
        assert torch.equal(a, b)
        assert torch.equal(a, c)
    assert int(resumed.iterations) == 6
    assert len(optimizer.state) == 4
    assert len(optimizer.param_groups) == 2
    copied.apply([torch.zeros_like(p) for p in copied_model.parameters()])


def test_what_does_not_fit():
    model, optimizer = model_and_optimizer()
    with pytest.raises(RuntimeError, match=r"has no variables yet.*Received: step\(\)"):
        optimizer.step()
    with pytest.raises(ValueError, match=r"has no variables yet.*Received: 1 gradients"):
        optimizer.apply([np.ones(1)])
    optimizer.build(model)
    with pytest.raises(ValueError, match=r"for each of 4 variables. Received: 1 gradients"):
        optimizer.apply([np.ones(1)])
    with pytest.raises(ValueError, match=r"built on other variables. Received: 'parameter'"):
        optimizer.finalize_variable_values([nn.Parameter(torch.ones(1))])
    with pytest.raises(AttributeError, match=r"no learning rate of its own"):
        optimizer.learning_rate  # noqa: B018
    with pytest.raises(AttributeError, match=r"Received: learning_rate=0.5"):
        optimizer.learning_rate = 0.5
    with pytest.raises(ValueError, match=r"no groups of its own"):
        optimizer.add_param_group({"params": []})
    with pytest.raises(ValueError, match=r"Received: the state of 0"):
        optimizer.load_state_dict({"optimizers": [], "iterations": 0})
    choice = optimizers.OptimizerMap(optimizers.SGD())
    with pytest.raises(ValueError, match=r"optimizers inside. Received: LossScaleOptimizer"):
        choice["a"] = optimizers.LossScaleOptimizer(optimizers.SGD())
    with pytest.raises(ValueError, match=r"a key must be a string. Received: 3"):
        choice[3] = optimizers.SGD()
    with pytest.raises(ValueError, match=r"trained by an optimizer of.*Received: 'sgd'"):
        choice["a"] = "sgd"
    choice["a.*"] = choice["ab?"] = optimizers.SGD()
    with pytest.raises(ValueError, match=r"already; delete it first"):
        choice["a.*"] = optimizers.SGD()
    with pytest.raises(ValueError, match=r"Several optimizers.*'ab'.*\['a\.\*', 'ab\?'\]"):
        choice["ab"]
    assert choice["ac"] is choice["a.*"]
    del choice["a.*"]
    assert choice["ac"] is choice.default_optimizer
    assert list(choice) == ["ab?"]
    with pytest.raises(TypeError, match=r"`default_optimizer` must be.*Received: 'sgd'"):
        optimizers.OptimizerMap("sgd")
    with pytest.raises(TypeError, match=r"must be a dictionary. Received: \[\]"):
        optimizers.OptimizerMap(optimizers.SGD(), [])
