"""Keras's random numbers: the same seeds draw the same tensors."""

from kerasish.random.choices import categorical, shuffle
from kerasish.random.distributions import dropout, normal, randint, truncated_normal, uniform
from kerasish.random.rejection import beta, binomial, gamma
from kerasish.random.seed_generator import SeedGenerator, draw_seed, make_default_seed
from kerasish.random.seeding import get_random_seed, set_random_seed

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "draw_seed",
    "dropout",
    "gamma",
    "get_random_seed",
    "make_default_seed",
    "normal",
    "randint",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
