"""Optimizers as torch's tools know them: groups, state, schedulers, scalers, copies."""

import copy
import inspect
import io
import pickle

import numpy as np
import pytest
import torch
from torch import nn

import kerasish
from kerasish import optimizers

RULES = {
    "SGD": {"momentum": 0.5},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "Adam": {"amsgrad": True, "use_ema": True, "ema_overwrite_frequency": 3},
    "AdamW": {"gradient_accumulation_steps": 2},
    "Adamax": {},
    "Nadam": {"clipnorm": 0.5},
    "Adadelta": {},
    "Adagrad": {},
    "Ftrl": {},
    "Lion": {},
    "Lamb": {},
    "Adafactor": {},
    "Muon": {},
    "ScheduleFreeAdamW": {},
}


def make_model(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def train(model, optimizer, steps, seed=1):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        optimizer.zero_grad()
        x = torch.randn(5, 3, generator=generator).to(next(model.parameters()).dtype)
        loss = model(x).square().sum()
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize("rule", RULES)
def test_resuming_is_exact(rule):
    model = make_model()
    optimizer = getattr(optimizers, rule)(model.parameters(), 0.01, **RULES[rule])
    train(model, optimizer, 5)
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    train(model, optimizer, 5, seed=2)

    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again = make_model(seed=9)
    again.load_state_dict(saved["model"])
    resumed = getattr(optimizers, rule)(again.parameters(), 0.7, **RULES[rule])
    resumed.load_state_dict(saved["optimizer"])
    assert int(resumed._steps_taken) == 5
    train(again, resumed, 5, seed=2)
    for a, b in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
@pytest.mark.parametrize("rule", ["Adam", "Adafactor", "Nadam"])
def test_copies_go_on_by_themselves(rule, how):
    model = kerasish.Sequential([kerasish.layers.GRU(3), kerasish.layers.Dense(2)])
    model.build((None, 4, 3))
    optimizer = getattr(optimizers, rule)(0.05, **RULES[rule])
    optimizer.build(model)

    def step(model, optimizer):
        optimizer.zero_grad()
        model(torch.arange(24.0).reshape(2, 4, 3) / 10, training=True).square().sum().backward()
        optimizer.step()

    step(model, optimizer)
    copied_model, copied = how((model, optimizer))
    before = [p.detach().clone() for p in model.parameters()]
    step(copied_model, copied)
    for a, b in zip(model.parameters(), before, strict=True):
        assert torch.equal(a, b)
    step(model, optimizer)
    for a, b in zip(model.parameters(), copied_model.parameters(), strict=True):
        assert torch.equal(a, b)
    for a, b in zip(optimizer.variables, copied.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_single_adam_step_is_torchs_with_its_epsilon_moved():
    """Keras's formula is torch's with epsilon divided by the root of its correction."""
    ours, theirs = make_model().double(), make_model().double()
    optimizer = optimizers.Adam(ours.parameters(), 0.25, epsilon=1e-3, beta_1=0.75, beta_2=0.875)
    for step in range(1, 5):
        epsilon = 1e-3 / (1 - 0.875**step) ** 0.5
        if step == 1:
            other = torch.optim.Adam(theirs.parameters(), 0.25, (0.75, 0.875), eps=epsilon)
        other.param_groups[0]["eps"] = epsilon
        train(ours, optimizer, 1, seed=step)
        train(theirs, other, 1, seed=step)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_groups_have_options_of_their_own():
    model = make_model()
    first, last = model[0], model[2]
    groups = [
        {"params": first.parameters(), "learning_rate": 0.5},
        {"params": last, "momentum": 0.25},
    ]
    optimizer = optimizers.SGD(groups, learning_rate=0.125, momentum=0.5)
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 0.125]
    assert [g["momentum"] for g in optimizer.param_groups] == [0.5, 0.25]
    start = [p.detach().clone() for p in model.parameters()]
    for _ in range(2):
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
    moved = [(a - b).mean().item() for a, b in zip(start, model.parameters(), strict=True)]
    # First step: rate; second: rate + momentum * rate.
    assert moved == pytest.approx([0.5 * 2.5] * 2 + [0.125 * 2.25] * 2, rel=1e-5)
    optimizer.momentum = 0.75
    assert [g["momentum"] for g in optimizer.param_groups] == [0.75, 0.75]

    more = nn.Linear(2, 2)
    optimizer.add_param_group({"params": more, "lr": 0.25})
    assert len(optimizer.variables) == 2 + 6
    more.weight.grad = torch.ones_like(more.weight)
    before = more.weight.detach().clone()
    optimizer.zero_grad(set_to_none=True)
    more.weight.grad = torch.ones_like(more.weight)
    optimizer.step()
    torch.testing.assert_close(before - more.weight, torch.full_like(before, 0.25))
    with pytest.raises(ValueError, match=r"can't be in two groups.*Received: \['weight'\]"):
        optimizer.add_param_group({"params": [more.weight]})
    with pytest.raises(ValueError, match=r"SGD has no such options.*Received: \['betas'\]"):
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))], "betas": (0.9, 0.9)})


def test_schedulers_of_torch():
    model = make_model()
    optimizer = optimizers.SGD(0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
    optimizer.build(model)
    seen = []
    for _ in range(5):
        seen.append(float(optimizer.learning_rate))
        train(model, optimizer, 1)
        scheduler.step()
    assert seen == [0.5, 0.5, 0.25, 0.25, 0.125]
    optimizer = optimizers.SGD(model.parameters(), 0.1, momentum=0.5)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.4, total_steps=10)
    train(model, optimizer, 1)
    cycle.step()
    assert optimizer.momentum != 0.5
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=0)
    optimizer.learning_rate = 0.5
    plateau.step(1.0)
    plateau.step(2.0)
    assert float(optimizer.learning_rate) == pytest.approx(0.05)


def test_grad_scaler_of_torch():
    model = make_model()
    optimizer = optimizers.Adam(model.parameters(), 0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    plain_model = make_model()
    plain = optimizers.Adam(plain_model.parameters(), 0.01)
    x = torch.ones(2, 3)
    scaler.scale(model(x).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    plain_model(x).sum().backward()
    plain.step()
    for a, b in zip(model.parameters(), plain_model.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    optimizer.zero_grad()
    scaler.scale(model(x).sum() * torch.inf).backward()
    scaler.step(optimizer)
    assert int(optimizer.iterations) == 1


def test_closures_and_hooks():
    model = make_model()
    optimizer = optimizers.SGD(model.parameters(), 0.1)
    calls = []
    optimizer.register_step_pre_hook(lambda *_: calls.append("before"))
    optimizer.register_step_post_hook(lambda *_: calls.append("after"))

    def closure():
        optimizer.zero_grad()
        loss = model(torch.ones(1, 3)).square().sum()
        loss.backward()
        return loss

    first = optimizer.step(closure)
    assert optimizer.step(closure) < first
    assert calls == ["before", "after"] * 2


def test_parameters_without_gradient_stay():
    model = make_model()
    optimizer = optimizers.Adam(model.parameters(), 0.1, weight_decay=0.5)
    optimizer.step()
    assert int(optimizer.iterations) == 0
    before = [p.detach().clone() for p in model.parameters()]
    model[0](torch.ones(1, 3)).sum().backward()
    optimizer.step()
    same = [torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)]
    assert same == [False, False, True, True]


def test_ways_to_give_parameters():
    model = make_model()
    expected = ["0/weight", "0/bias", "2/weight", "2/bias"]
    for given in (model, model.named_parameters(), [model], [("0/weight", model[0].weight)]):
        optimizer = optimizers.SGD(given, 0.1)
        assert isinstance(optimizer, torch.optim.Optimizer)
        paths = [v.path for v in optimizer._trained]
        assert paths == expected[: len(paths)]
    assert [v.path for v in optimizers.SGD(params=model.parameters())._trained] == [
        f"parameter_{i}" for i in range(4)
    ]
    layer = kerasish.layers.Dense(2, name="out")
    layer.build((None, 3))
    mixed = nn.Sequential(nn.Linear(3, 3), layer)
    optimizer = optimizers.Adam(mixed)
    assert [v.path for v in optimizer._trained] == [
        "0/weight",
        "0/bias",
        "out/kernel",
        "out/bias",
    ]
    shapes = [v.shape for v in optimizer.variables][2:]
    assert shapes[::2] == shapes[1::2] == [(3, 3), (3,), (3, 2), (2,)]
    layer.trainable = False
    assert len(optimizers.Adam(mixed)._trained) == 2


def test_signatures_can_be_read():
    names = list(inspect.signature(optimizers.Adam).parameters)
    assert names[:5] == ["learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad"]
