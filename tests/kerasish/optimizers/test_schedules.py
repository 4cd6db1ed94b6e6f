"""Schedules give the rates of Keras's, at single steps and at arrays of steps."""

import keras
import numpy as np
import pytest
import torch

from kerasish import optimizers
from kerasish.optimizers import schedules
from tests.kerasish.optimizers.both_sides import assert_same_run

CASES = {
    "exponential": ("ExponentialDecay", (0.1, 7, 0.6), {}),
    "exponential stairs": ("ExponentialDecay", (0.1, 7, 0.6), {"staircase": True}),
    "piecewise": ("PiecewiseConstantDecay", ([3, 8, 15], [0.1, 0.05, 0.2, 0.01]), {}),
    "piecewise fraction": ("PiecewiseConstantDecay", ([3.5, 8.0], [0.1, 0.05, 0.2]), {}),
    "polynomial": ("PolynomialDecay", (0.1, 9), {}),
    "polynomial power": ("PolynomialDecay", (0.1, 9), {"end_learning_rate": 0.02, "power": 2.5}),
    "polynomial cycle": ("PolynomialDecay", (0.1, 6), {"power": 2.0, "cycle": True}),
    "inverse time": ("InverseTimeDecay", (0.1, 4, 0.7), {}),
    "inverse time stairs": ("InverseTimeDecay", (0.1, 4, 0.7), {"staircase": True}),
    "cosine": ("CosineDecay", (0.1, 12), {"alpha": 0.1}),
    "cosine warmup": (
        "CosineDecay",
        (0.01, 12),
        {"alpha": 0.05, "warmup_target": 0.2, "warmup_steps": 6},
    ),
    "restarts": ("CosineDecayRestarts", (0.1, 5), {}),
    "restarts shrinking": (
        "CosineDecayRestarts",
        (0.1, 4),
        {"t_mul": 1.5, "m_mul": 0.7, "alpha": 0.1},
    ),
    "restarts even": ("CosineDecayRestarts", (0.1, 5), {"t_mul": 1.0, "m_mul": 0.8}),
}


def maker(case):
    class_name, args, options = CASES[case]
    return lambda module: getattr(module.schedules, class_name)(*args, **options)


@pytest.mark.parametrize("case", CASES)
def test_rates(case):
    theirs, ours = maker(case)(keras.optimizers), maker(case)(optimizers)
    for step in (*range(31), 100, 12345):
        expected = float(theirs(step))
        assert float(ours(step)) == pytest.approx(expected, rel=2e-6, abs=2e-8), step
    assert ours(3).dtype == torch.float32
    steps = np.arange(30)
    single = [float(ours(step)) for step in steps]
    np.testing.assert_allclose(ours(steps).numpy(), single, rtol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_steps_follow_the_schedule(case):
    ours, theirs = assert_same_run(
        lambda module: module.SGD(maker(case)(module), momentum=0.5, weight_decay=0.01), "float32"
    )
    expected = float(theirs.learning_rate)
    assert float(ours.learning_rate) == pytest.approx(expected, rel=2e-6, abs=2e-8)


def test_accumulated_steps_count_for_the_schedule():
    def make(module):
        schedule = module.schedules.ExponentialDecay(0.1, 3, 0.5)
        return module.Adam(schedule, gradient_accumulation_steps=4)

    assert_same_run(make, "float64", tolerance=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_configs_go_both_ways(case):
    theirs, ours = maker(case)(keras.optimizers), maker(case)(optimizers)
    config = schedules.serialize(ours)
    assert config == keras.optimizers.schedules.serialize(theirs)
    again = schedules.deserialize(config)
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()
    back = keras.optimizers.schedules.deserialize(config)
    assert float(back(5)) == float(theirs(5))
    # A config of Keras 2 has no module.
    old = {"class_name": config["class_name"], "config": config["config"]}
    assert schedules.deserialize(old).get_config() == ours.get_config()


@pytest.mark.parametrize(
    ("class_name", "args"),
    [
        ("ExponentialDecay", (0.1, 0, 0.5)),
        ("PolynomialDecay", (0.1, -1)),
        ("InverseTimeDecay", (0.1, 0, 0.5)),
        ("CosineDecay", (0.1, 0)),
        ("CosineDecayRestarts", (0.1, 0)),
    ],
)
def test_lengths_have_to_be_positive(class_name, args):
    with pytest.raises(ValueError, match=rf"{class_name}: .*must be > 0.*Received: .*{args[1]}"):
        getattr(schedules, class_name)(*args)
    with pytest.raises(ValueError, match="must be > 0"):
        getattr(keras.optimizers.schedules, class_name)(*args)


def test_numbers_of_boundaries_and_values():
    with pytest.raises(ValueError, match=r"one element more.*Received: boundaries=\[1, 2\]"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])


def test_a_schedule_of_ones_own():
    class Halves(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5 ** (1 + step)

    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = optimizers.SGD([parameter], Halves())
    for _ in range(3):
        parameter.grad = torch.ones(1)
        optimizer.step()
    assert parameter.item() == -(0.5 + 0.25 + 0.125)
    assert optimizer.param_groups[0]["lr"] == 0.125
    assert optimizer.learning_rate == 0.0625
    with pytest.raises(NotImplementedError, match=r"Halves has to override get_config"):
        optimizers.serialize(optimizer)
    with pytest.raises(NotImplementedError, match=r"override __call__.*Received: .*step=3"):
        schedules.LearningRateSchedule()(3)


def test_a_schedule_can_be_replaced_by_a_schedule_alone():
    optimizer = optimizers.SGD(schedules.CosineDecay(0.1, 10))
    with pytest.raises(TypeError, match=r"follows the schedule CosineDecay.*Received: .*0\.1"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = schedules.ExponentialDecay(0.3, 1, 0.5)
    assert float(optimizer.learning_rate) == pytest.approx(0.3)
    # A rate that is a number is one of the variables, a schedule is none.
    assert [v.name for v in optimizer.variables] == ["iteration"]
    assert [v.name for v in optimizers.SGD().variables] == ["iteration", "learning_rate"]
