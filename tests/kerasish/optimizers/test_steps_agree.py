"""Twenty steps of every optimizer with every option leave the weights that Keras's leaves."""

import numpy as np
import pytest

from tests.kerasish.optimizers.both_sides import assert_same_run

RULES = {
    "sgd": ("SGD", {}),
    "sgd momentum": ("SGD", {"momentum": 0.9}),
    "sgd nesterov": ("SGD", {"momentum": 0.8, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop momentum": ("RMSprop", {"rho": 0.8, "momentum": 0.7, "epsilon": 1e-3}),
    "rmsprop centered": ("RMSprop", {"centered": True, "epsilon": 0.01}),
    "rmsprop all": ("RMSprop", {"centered": True, "momentum": 0.5, "epsilon": 0.1}),
    "adam": ("Adam", {}),
    "adam options": ("Adam", {"beta_1": 0.7, "beta_2": 0.95, "epsilon": 0.1}),
    "adam amsgrad": ("Adam", {"beta_2": 0.5, "amsgrad": True}),
    "adamw": ("AdamW", {}),
    "adamw options": ("AdamW", {"weight_decay": 0.3, "amsgrad": True, "beta_1": 0.5}),
    "adamax": ("Adamax", {}),
    "adamax options": ("Adamax", {"beta_1": 0.6, "beta_2": 0.5, "epsilon": 0.2}),
    "nadam": ("Nadam", {}),
    "nadam options": ("Nadam", {"beta_1": 0.6, "beta_2": 0.8, "epsilon": 0.2}),
    "adadelta": ("Adadelta", {}),
    "adadelta options": ("Adadelta", {"rho": 0.5, "epsilon": 0.2}),
    "adagrad": ("Adagrad", {}),
    "adagrad options": ("Adagrad", {"initial_accumulator_value": 0.7, "epsilon": 0.2}),
    "ftrl": ("Ftrl", {}),
    "ftrl options": (
        "Ftrl",
        {
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.3,
            "l1_regularization_strength": 0.2,
            "l2_regularization_strength": 0.3,
            "l2_shrinkage_regularization_strength": 0.1,
            "beta": 0.4,
        },
    ),
    "lion": ("Lion", {}),
    "lion options": ("Lion", {"beta_1": 0.5, "beta_2": 0.7}),
    "lamb": ("Lamb", {}),
    "lamb options": ("Lamb", {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.1}),
    "adafactor": ("Adafactor", {}),
    "adafactor options": (
        "Adafactor",
        {"beta_2_decay": -0.5, "epsilon_1": 0.01, "epsilon_2": 0.5, "clip_threshold": 0.7},
    ),
    "adafactor fixed rate": ("Adafactor", {"relative_step": False}),
    "schedule free": ("ScheduleFreeAdamW", {}),
    "schedule free options": (
        "ScheduleFreeAdamW",
        {"beta_1": 0.6, "beta_2": 0.8, "epsilon": 0.1, "warmup_steps": 7, "weight_decay": 0.1},
    ),
    "muon": ("Muon", {}),
    "muon options": (
        "Muon",
        {
            "momentum": 0.7,
            "nesterov": False,
            "ns_steps": 3,
            "rms_rate": None,
            "adam_lr_ratio": 0.5,
            "adam_weight_decay": None,
            "weight_decay": 0.2,
        },
    ),
    "muon excluded": ("Muon", {"exclude_layers": ["w3"], "muon_a": 3.0, "adam_beta_1": 0.5}),
}

# Keras's Muon mixes its types in float64 and fails.
FLOAT64 = [name for name in RULES if "muon" not in name]

OPTIONS = {
    "weight decay": {"weight_decay": 0.1},
    "clipnorm": {"clipnorm": 0.7},
    "clipvalue": {"clipvalue": 0.3},
    "global clipnorm": {"global_clipnorm": 0.9},
    "average": {"use_ema": True, "ema_momentum": 0.7},
    "average written": {"use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 3},
    "loss scale": {"loss_scale_factor": 8.0},
    "accumulation": {"gradient_accumulation_steps": 3},
    "much together": {
        "gradient_accumulation_steps": 2,
        "weight_decay": 0.2,
        "clipnorm": 0.5,
        "use_ema": True,
        "ema_overwrite_frequency": 2,
        "loss_scale_factor": 4.0,
    },
}


def maker(class_name, **options):
    return lambda module: getattr(module, class_name)(0.05, **options)


@pytest.mark.parametrize("rule", FLOAT64)
def test_float64(rule):
    class_name, options = RULES[rule]
    assert_same_run(maker(class_name, **options), "float64")


@pytest.mark.parametrize("rule", RULES)
def test_float32(rule):
    class_name, options = RULES[rule]
    # The Newton-Schulz iteration takes rounding errors up.
    assert_same_run(
        maker(class_name, **options), "float32", tolerance=5e-5 if "muon" in rule else None
    )


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(
    "class_name", ["SGD", "Adam", "RMSprop", "Nadam", "Lamb", "Adafactor", "Ftrl"]
)
def test_options(class_name, option):
    assert_same_run(maker(class_name, **OPTIONS[option]), "float64", seed=1)


@pytest.mark.parametrize("class_name", ["Adam", "Muon"])
def test_excluded_from_weight_decay(class_name):
    def prepare(optimizer, variables):
        optimizer.exclude_from_weight_decay([variables[0]], ["w2", "^w4"])

    make = maker(class_name, weight_decay=0.5)
    excluded, _ = assert_same_run(make, "float32", prepare, tolerance=5e-5)
    paths = ["w0", "w1", "w2", "w3", "w4"]
    found = [excluded._exclusions.decays(v) for v in excluded._trained]
    assert found == [path not in ("w0", "w2", "w4") for path in paths]


def test_defaults_of_the_learning_rate():
    names = {class_name for class_name, _ in RULES.values()}
    for class_name in sorted(names):
        assert_same_run(
            lambda module, n=class_name: getattr(module, n)(), "float32", tolerance=5e-5
        )


def test_a_function_as_learning_rate():
    rates = {"now": 0.1}
    calls = []

    def rate():
        calls.append(1)
        return rates["now"] / (1 + len(calls) // 1000)

    assert_same_run(lambda module: module.Adam(rate), "float64")
    assert len(calls) >= 40


def test_the_rate_changes_between_steps():
    def prepare(optimizer, variables):
        optimizer.learning_rate = 0.3
        optimizer.learning_rate.assign(optimizer.learning_rate * 0.5)

    ours, _ = assert_same_run(maker("SGD", momentum=0.5), "float32", prepare)
    assert float(ours.learning_rate) == np.float32(0.15)
