"""Missing gradients and values at the ends of their ranges, step by step as in Keras."""

import keras
import numpy as np
import pytest
import torch

from kerasish import optimizers

SHAPES = ((3, 2), (2,), (4,))
CASES = {
    "some missing": (lambda n: n.Adam(0.01), {(1, 0), (2, 1), (2, 2)}),
    "missing while others wait": (
        lambda n: n.Adam(0.01, gradient_accumulation_steps=2, use_ema=True),
        {(1, 0), (2, 1), (3, 2)},
    ),
    "missing at the update": (
        lambda n: n.Nadam(0.01, gradient_accumulation_steps=3, weight_decay=0.1),
        {(2, 0), (5, 1)},
    ),
    "schedule wins over relative steps": (
        lambda n: n.Adafactor(n.schedules.CosineDecay(0.3, 10)),
        (),
    ),
    "rate above the relative step": (lambda n: n.Adafactor(2.0), ()),
    "relative step of updates": (lambda n: n.Adafactor(2.0, gradient_accumulation_steps=2), ()),
    "small clip": (lambda n: n.Lamb(0.1, clipnorm=1e-3), ()),
    "large clip": (lambda n: n.RMSprop(0.1, global_clipnorm=100.0), ()),
    "no clip": (lambda n: n.SGD(0.1, clipnorm=0.0), ()),
    "negative clip": (lambda n: n.SGD(0.1, clipvalue=-1.0), ()),
    "constant rate of ftrl": (lambda n: n.Ftrl(0.1, learning_rate_power=0.0), ()),
    "ftrl from zero": (
        lambda n: n.Ftrl(0.1, initial_accumulator_value=0.0, l1_regularization_strength=0.1),
        (),
    ),
    "average without memory": (
        lambda n: n.Adam(0.1, use_ema=True, ema_momentum=0.0, ema_overwrite_frequency=1),
        (),
    ),
    "adam without memory": (lambda n: n.Adam(0.1, beta_1=0.0, beta_2=0.0), ()),
    "decay by schedule": (
        lambda n: n.AdamW(n.schedules.ExponentialDecay(0.1, 3, 0.5), weight_decay=0.5),
        (),
    ),
    "sign of the momentum": (lambda n: n.Lion(0.1, beta_1=1.0), ()),
    "momentum for ever": (lambda n: n.SGD(0.1, momentum=1.0, nesterov=True), ()),
    "zero decay": (lambda n: n.Lamb(0.1, weight_decay=0.0), ()),
}


@pytest.mark.filterwarnings("ignore:.*radients do not exist")
@pytest.mark.filterwarnings("ignore:There are no gradients")
@pytest.mark.parametrize("zeros", [False, True], ids=["", "from zeros"])
@pytest.mark.parametrize("case", CASES)
def test_steps(case, zeros):
    make, missing = CASES[case]
    rng = np.random.default_rng(0)
    start = [np.zeros(s) if zeros else rng.normal(size=s) for s in SHAPES]
    variables = [keras.Variable(x, dtype="float64") for x in start]
    parameters = [torch.nn.Parameter(torch.tensor(x)) for x in start]
    theirs, ours = make(keras.optimizers), make(optimizers)
    for step in range(8):
        drawn = [rng.normal(size=shape) for shape in SHAPES]
        grads = [None if (step, i) in missing else g for i, g in enumerate(drawn)]
        theirs.apply(
            [None if g is None else keras.ops.convert_to_tensor(g) for g in grads], variables
        )
        ours.apply(grads, parameters)
        for a, b in zip(parameters, variables, strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.numpy(), rtol=1e-11, atol=1e-13)
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-11, atol=1e-13, err_msg=b.path)
