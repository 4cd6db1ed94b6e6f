"""Names, configs and Keras 2's arguments."""

import inspect
import json
import warnings

import keras
import numpy as np
import pytest
import tf_keras
import torch

import kerasish
from kerasish import optimizers
from tests.kerasish.optimizers.both_sides import assert_same_run

CLASSES = [
    "SGD",
    "RMSprop",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Adadelta",
    "Adagrad",
    "Ftrl",
    "Lion",
    "Lamb",
    "Adafactor",
    "Muon",
    "ScheduleFreeAdamW",
]
CHANGES = {
    "learning_rate": 0.0625,
    "weight_decay": 0.25,
    "clipnorm": 0.5,
    "use_ema": True,
    "ema_momentum": 0.75,
    "ema_overwrite_frequency": 3,
    "loss_scale_factor": 4.0,
    "gradient_accumulation_steps": 2,
    "name": "mine",
    "momentum": 0.75,
    "nesterov": True,
    "rho": 0.75,
    "epsilon": 0.125,
    "centered": True,
    "beta_1": 0.5,
    "beta_2": 0.625,
    "amsgrad": True,
    "initial_accumulator_value": 0.25,
    "exclude_layers": ["head"],
    "relative_step": False,
}


@pytest.mark.parametrize("class_name", CLASSES)
def test_signatures_are_keras_own(class_name):
    theirs = inspect.signature(getattr(keras.optimizers, class_name).__init__).parameters
    ours = inspect.signature(getattr(optimizers, class_name)).parameters
    expected = [(p.name, p.kind, p.default) for p in theirs.values() if p.name != "self"]
    assert [(p.name, p.kind, p.default) for p in ours.values()] == expected


@pytest.mark.parametrize("changed", [False, True], ids=["defaults", "changed"])
@pytest.mark.parametrize("class_name", CLASSES)
def test_configs_go_both_ways(class_name, changed):
    theirs, ours = getattr(keras.optimizers, class_name), getattr(optimizers, class_name)
    options = {k: v for k, v in CHANGES.items() if k in inspect.signature(ours).parameters}
    options = options if changed else {"name": "plain"}
    config = optimizers.serialize(ours(**options))
    expected = keras.optimizers.serialize(theirs(**options))
    assert config == expected
    assert {k: v for k, v in config["config"].items() if k in options} == options
    plain = json.loads(json.dumps(expected))
    again = optimizers.deserialize(plain)
    assert type(again) is ours
    assert optimizers.serialize(again) == config
    if class_name != "Lamb":  # Keras's own deserialize does not know it.
        back = keras.optimizers.deserialize(json.loads(json.dumps(config)))
        assert keras.optimizers.serialize(back) == expected


def test_a_schedule_in_a_config():
    def make(module):
        schedule = module.schedules.CosineDecay(0.1, 10, warmup_target=0.2, warmup_steps=3)
        return module.Adam(schedule, name="with_schedule")

    config = optimizers.serialize(make(optimizers))
    assert config == keras.optimizers.serialize(make(keras.optimizers))
    again = optimizers.deserialize(config)
    assert isinstance(again._schedule, optimizers.schedules.CosineDecay)
    assert float(again.learning_rate) == float(make(optimizers).learning_rate)


def test_a_function_in_a_config():
    @kerasish.saving.register_keras_serializable("test_optimizers")
    def half():
        return 0.5

    config = optimizers.serialize(optimizers.SGD(half))
    again = optimizers.deserialize(config)
    assert again.learning_rate == 0.5


def test_names_in_any_case():
    for class_name in CLASSES:
        for name in (class_name, class_name.lower()):
            assert type(optimizers.get(name)) is getattr(optimizers, class_name)
            config = {"class_name": name, "config": {"learning_rate": 0.5}}
            assert float(optimizers.get(config).learning_rate) == 0.5
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    assert optimizers.get(None) is None


def test_automatic_names():
    kerasish.utils.clear_session()
    names = [optimizers.RMSprop().name, optimizers.RMSprop().name, optimizers.AdamW().name]
    assert names == ["rm_sprop", "rm_sprop_1", "adam_w"]


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("adm", r"Unknown optimizer 'adm'\. Did you mean .*'adam'.*Received: 'adm'"),
        (3, r"an optimizer of kerasish.optimizers. Received: 3 of type int"),
        (torch.optim.Adam, r"Received: .*Adam"),
    ],
)
def test_what_is_no_optimizer(identifier, message):
    with pytest.raises(ValueError, match=message):
        optimizers.get(identifier)
    with pytest.raises(ValueError, match="Could not interpret"):
        keras.optimizers.get(identifier)


def test_a_class_of_ones_own_by_name():
    @kerasish.saving.register_keras_serializable("test_optimizers")
    class Slow(optimizers.SGD):
        pass

    optimizer = optimizers.deserialize(optimizers.serialize(Slow(0.25)))
    assert type(optimizer) is Slow
    assert type(optimizers.get("test_optimizers>Slow")) is Slow
    assert (
        type(optimizers.deserialize({"class_name": "Fast", "config": {}}, {"Fast": Slow})) is Slow
    )


def test_configs_of_keras_2():
    kinds = [tf_keras.optimizers, tf_keras.optimizers.legacy]
    for module in kinds:
        for class_name in ("SGD", "Adam", "RMSprop", "Adagrad", "Nadam", "Adamax", "Ftrl"):
            old = getattr(module, class_name)(0.25)
            config = json.loads(json.dumps(tf_keras.optimizers.serialize(old), default=float))
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                made = optimizers.deserialize(config)
            assert type(made) is getattr(optimizers, class_name)
            assert float(made.learning_rate) == 0.25
    for class_name in optimizers.legacy.__all__:
        assert getattr(optimizers.legacy, class_name) is getattr(optimizers, class_name)
    old = tf_keras.optimizers.legacy.SGD(0.5, decay=0.25)
    made = optimizers.deserialize(tf_keras.optimizers.serialize(old))
    made.iterations.assign(4)
    assert float(made.learning_rate) == 0.25


@pytest.mark.parametrize("class_name", ["SGD", "Adam", "Adamax"])
def test_rate_and_decay_of_keras_2(class_name):
    start = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    variable = tf_keras.backend.variable(start)
    old = getattr(tf_keras.optimizers.legacy, class_name)(0.125, decay=0.5)
    parameter = torch.nn.Parameter(torch.tensor(start))
    with pytest.warns(DeprecationWarning, match=r"InverseTimeDecay\(0.125, 1, 0.5\)") as caught:
        new = getattr(optimizers, class_name)([parameter], lr=0.125, decay=0.5)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    for step in range(5):
        grad = np.random.default_rng(step).normal(size=(3, 2)).astype("float32")
        old.apply_gradients([(tf_keras.backend.constant(grad), variable)])
        new.apply([grad])
        np.testing.assert_allclose(
            parameter.detach().numpy(), variable.numpy(), rtol=2e-5, atol=2e-6
        )


def test_the_old_name_of_the_rate():
    with pytest.warns(DeprecationWarning, match=r"Adam\(learning_rate=0.5\)") as caught:
        optimizer = optimizers.Adam(lr=0.5)
    assert len(caught) == 1
    assert float(optimizer.learning_rate) == 0.5
    with pytest.warns(DeprecationWarning, match="`lr` is called learning_rate"):
        assert float(optimizer.lr) == 0.5
    with pytest.warns(DeprecationWarning, match="`lr` is called learning_rate"):
        optimizer.lr = 0.25
    assert float(optimizer.learning_rate) == 0.25
    with pytest.warns(DeprecationWarning, match="learning_rate=0.001"):
        assert optimizers.Adam(decay=0.0)._schedule is None
    with pytest.warns(DeprecationWarning, match=r"InverseTimeDecay\(0.001, 1, 0.5\)"):
        assert optimizers.Adam(decay=0.5)._schedule.decay_rate == 0.5
    with pytest.raises(ValueError, match=r"not both. Received: learning_rate=0.5, lr=0.25"):
        optimizers.Adam(0.5, lr=0.25)
    with pytest.raises(ValueError, match=r"`decay` is for a fixed learning rate.*Received"):
        optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 3), decay=0.5)


WRONG = {
    "rate": (lambda n: n.SGD(1), r"SGD: `learning_rate` has to be a float.*learning_rate=1"),
    "momentum": (lambda n: n.SGD(momentum=2.0), r"SGD: `momentum` must be.*momentum=2.0"),
    "whole momentum": (lambda n: n.SGD(momentum=1), r"`momentum` must be a float.*momentum=1"),
    "clips": (
        lambda n: n.Adam(clipnorm=1.0, clipvalue=2.0),
        r"only one of.*Received: clipnorm=1.0, clipvalue=2.0, global_clipnorm=None",
    ),
    "unknown": (lambda n: n.Adam(foo=1), r"Adam does not know.*Received: {'foo': 1}"),
    "accumulation": (
        lambda n: n.Adam(gradient_accumulation_steps=1),
        r">= 2.*Received: gradient_accumulation_steps=1",
    ),
    "average": (lambda n: n.Adam(use_ema=True, ema_momentum=2.0), r"\[0, 1\].*ema_momentum=2.0"),
    "frequency": (
        lambda n: n.Adam(use_ema=True, ema_overwrite_frequency=1.5),
        r"Received: ema_overwrite_frequency=1.5",
    ),
    "adamw": (lambda n: n.AdamW(weight_decay=None), r"AdamW: `weight_decay`.*weight_decay=None"),
    "lion": (lambda n: n.Lion(beta_1=0.0), r"Lion: `beta_1`.*Received: beta_1=0.0"),
    "ftrl power": (lambda n: n.Ftrl(learning_rate_power=0.5), r"learning_rate_power=0.5"),
    "ftrl sum": (
        lambda n: n.Ftrl(initial_accumulator_value=-1.0),
        r"Ftrl: `initial_accumulator_value` must be >= 0.*=-1.0",
    ),
    "ftrl penalty": (
        lambda n: n.Ftrl(l1_regularization_strength=-1.0),
        r"Received: l1_regularization_strength=-1.0",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_arguments_that_keras_refuses_too(case):
    make, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        make(optimizers)
    with pytest.raises(ValueError):
        make(keras.optimizers)


def test_an_optimizer_written_as_in_keras():
    def make(module):
        class Own(module.Optimizer):
            def __init__(self, learning_rate=0.01, power=0.5, **kwargs):
                super().__init__(learning_rate, **kwargs)
                self.power = power

            def build(self, variables):
                if self.built:
                    return
                super().build(variables)
                self.sums, self.last = self.add_optimizer_variables(variables, ["sum", "last"])
                self.total = self.add_variable((2,), initializer="ones", name="total")

            def update_step(self, gradient, variable, learning_rate):
                place = self._get_variable_index(variable)
                self.assign_add(self.sums[place], gradient * gradient)
                self.assign(self.last[place], gradient)
                self.assign_sub(
                    variable, learning_rate * gradient / (1 + self.sums[place]) ** self.power
                )
                self.assign(self.total, self.total * 1.25)

            def get_config(self):
                return super().get_config() | {"power": self.power}

        return Own(0.5, power=0.75, weight_decay=0.125, clipnorm=2.0, use_ema=True)

    ours, _ = assert_same_run(make, "float32")
    again = type(ours).from_config(ours.get_config())
    assert again.power == 0.75
    state = ours.state_dict()
    other = make(optimizers)
    other.build([torch.nn.Parameter(torch.zeros_like(p)) for p in ours.param_groups[0]["params"]])
    other.load_state_dict(state)
    assert np.array_equal(other.total.numpy(), ours.total.numpy())
    assert other.total.numpy()[0] > 1
    with pytest.raises(ValueError, match=r"Own has its own build\(\).*\['parameter_5'\]"):
        other.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
    with pytest.raises(NotImplementedError, match=r"has to override update_step"):
        optimizers.Optimizer(0.5).apply([np.zeros(1)], [torch.nn.Parameter(torch.zeros(1))])
