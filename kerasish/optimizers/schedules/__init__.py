"""Learning rates that change from step to step."""

from kerasish.optimizers.schedules.cosine_decay import CosineDecay
from kerasish.optimizers.schedules.cosine_decay_restarts import CosineDecayRestarts
from kerasish.optimizers.schedules.exponential_decay import ExponentialDecay
from kerasish.optimizers.schedules.inverse_time_decay import InverseTimeDecay
from kerasish.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from kerasish.optimizers.schedules.lookup import deserialize, serialize
from kerasish.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay
from kerasish.optimizers.schedules.polynomial_decay import PolynomialDecay

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]
