"""The loss scale grows, and falls where gradients are not finite, as in Keras."""

import copy
import io

import keras
import numpy as np
import pytest
import torch
from torch import nn

from kerasish import optimizers
from tests.kerasish.optimizers.both_sides import assert_same_memory, draws, keras_variables

MAKERS = {
    "adam": lambda n: n.LossScaleOptimizer(n.Adam(0.05), 64.0, 3, name="scaled"),
    "clipped": lambda n: n.LossScaleOptimizer(
        n.SGD(0.05, momentum=0.5, clipnorm=1.0, use_ema=True), initial_scale=4.0
    ),
}


@pytest.mark.parametrize("how", ["apply", "step"])
@pytest.mark.parametrize("case", MAKERS)
def test_steps_agree(case, how):
    weights, grads = draws("float32", seed=4)
    for step in (5, 6, 13):
        grads[step][step % 3].flat[0] = np.inf if step % 2 else np.nan
    theirs, ours = MAKERS[case](keras.optimizers), MAKERS[case](optimizers)
    variables = keras_variables(weights, "float32")
    parameters = [nn.Parameter(torch.tensor(w)) for w in weights]
    ours.build([(f"w{i}", p) for i, p in enumerate(parameters)])
    for step, one in enumerate(grads):
        theirs.apply([keras.ops.convert_to_tensor(g) for g in one], variables)
        if how == "apply":
            ours.apply([torch.tensor(g) for g in one], parameters)
        else:
            for parameter, grad in zip(parameters, one, strict=True):
                parameter.grad = torch.tensor(grad)
            ours.step()
        for a, b in zip(parameters, variables, strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.numpy(), atol=2e-6, rtol=2e-6)
        assert float(ours.dynamic_scale) == float(theirs.dynamic_scale), step
        assert int(ours.step_counter) == int(theirs.step_counter), step
        assert int(ours.iterations) == int(theirs.iterations), step
    assert float(ours.dynamic_scale) != ours.initial_scale
    assert int(ours.iterations) == 17
    assert float(ours.scale_loss(torch.tensor(2.0))) == 2 * float(theirs.dynamic_scale)
    assert_same_memory(ours, theirs, 2e-6)
    ours.finalize_variable_values(parameters)
    theirs.finalize_variable_values(variables)
    for a, b in zip(parameters, variables, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.numpy(), atol=2e-6, rtol=2e-6)


def test_resuming_and_numbers_in_files():
    def make(model):
        optimizer = optimizers.LossScaleOptimizer(optimizers.Adam(0.05), 8.0, 2)
        optimizer.build(model)
        return optimizer

    def train(model, optimizer, seed):
        torch.manual_seed(seed)
        for _ in range(3):
            optimizer.zero_grad()
            optimizer.scale_loss(model(torch.randn(4, 3)).square().sum()).backward()
            optimizer.step()

    model = nn.Linear(3, 2)
    optimizer = make(model)
    train(model, optimizer, 0)
    assert float(optimizer.dynamic_scale) == 16.0
    file, store = io.BytesIO(), {}
    torch.save(optimizer.state_dict(), file)
    optimizer.save_own_variables(store)
    file.seek(0)
    for load in (
        lambda other: other.load_state_dict(torch.load(file, weights_only=True)),
        lambda other: other.load_own_variables(store),
    ):
        again = nn.Linear(3, 2)
        again.load_state_dict(model.state_dict())
        resumed = make(again)
        load(resumed)
        assert float(resumed.dynamic_scale) == 16.0
        reference = nn.Linear(3, 2)
        reference.load_state_dict(model.state_dict())
        other = make(reference)
        other.set_weights(optimizer.get_weights())
        train(again, resumed, 1)
        train(reference, other, 1)
        for a, b in zip(again.parameters(), reference.parameters(), strict=True):
            assert torch.equal(a, b)


def test_made_as_torch_makes_optimizers():
    model = nn.Linear(3, 2)
    wrapped = optimizers.LossScaleOptimizer(optimizers.SGD(model.parameters(), 0.5))
    assert wrapped.param_groups[0]["params"] == list(model.parameters())
    wrapped.scale_loss(model(torch.ones(1, 3)).sum()).backward()
    before = model.bias.detach().clone()
    wrapped.step()
    torch.testing.assert_close(model.bias.detach(), before - 0.5)
    wrapped.learning_rate = 0.25
    assert float(wrapped.inner_optimizer.learning_rate) == 0.25
    scheduler = torch.optim.lr_scheduler.StepLR(wrapped, 1, gamma=0.5)
    wrapped.step()
    scheduler.step()
    assert float(wrapped.learning_rate) == 0.125


def test_configs_go_both_ways():
    def make(module):
        inner = module.AdamW(0.5, clipnorm=1.0, name="inner")
        return module.LossScaleOptimizer(inner, 32.0, 7, name="outer")

    config = optimizers.serialize(make(optimizers))
    assert config == keras.optimizers.serialize(make(keras.optimizers))
    again = optimizers.deserialize(config)
    assert isinstance(again.inner_optimizer, optimizers.AdamW)
    assert optimizers.serialize(again) == config
    assert again.dynamic_growth_steps == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clipnorm": 1.0}, r"does not take `clipnorm`.*Received: clipnorm=1.0"),
        ({"dynamic": False}, r"no fixed scale.*Received: dynamic=False"),
        ({"foo": 1}, r"does not know these arguments. Received: {'foo': 1}"),
    ],
)
def test_arguments_of_the_inner_optimizer(options, message):
    with pytest.raises(ValueError, match=message):
        optimizers.LossScaleOptimizer(optimizers.SGD(0.5), **options)
    with pytest.raises(ValueError):
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), **options)


def test_not_around_an_optimizer_of_torch():
    inner = torch.optim.SGD([nn.Parameter(torch.ones(1))], 0.1)
    with pytest.raises(TypeError, match=r"use torch.amp.GradScaler.*Received: inner_optimizer=SGD"):
        optimizers.LossScaleOptimizer(inner)
    with pytest.raises(ValueError, match=r"has no variables yet.*Received: 1 gradients"):
        optimizers.LossScaleOptimizer(optimizers.SGD(0.5)).apply([np.ones(1)])


def test_a_copy_has_an_inner_optimizer_of_its_own():
    model = nn.Linear(3, 2)
    optimizer = optimizers.LossScaleOptimizer(optimizers.Adam(0.5), 8.0)
    optimizer.build(model)
    _, copied = copy.deepcopy((model, optimizer))
    copied.dynamic_scale.assign(2.0)
    copied.learning_rate = 0.25
    assert float(optimizer.dynamic_scale) == 8.0
    assert float(optimizer.learning_rate) == 0.5
    assert float(copied.inner_optimizer.learning_rate) == 0.25
    assert copied.param_groups[0]["params"][0] is not model.weight
