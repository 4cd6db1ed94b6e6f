import numpy as np
import torch

from kerasish.rounding import round_to_float32


def test_equals_numpy():
    rng = np.random.default_rng(0)
    values = [0.0, -0.0, 0.1, 0.01, 0.3, 1.0, -0.2, 1e-7, 1e30]
    values += list(rng.normal(size=2000)) + list(10 ** rng.uniform(-30, 30, size=2000))
    for value in map(float, values):
        assert round_to_float32(value) == float(np.float32(value))


def test_followed_by_the_compiler():
    compiled = torch.compile(
        lambda x, slope: x * round_to_float32(slope), fullgraph=True, backend="eager"
    )
    one = torch.ones((), dtype=torch.float64)
    for slope in (0.1, 0.2, 0.3):
        assert compiled(one, slope).item() == float(np.float32(slope))
