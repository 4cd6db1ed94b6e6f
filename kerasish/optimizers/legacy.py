"""The optimizers under the names that Keras 2.11 and later gave to their older versions.

The classes are those of Keras 3. `RMSprop` and `Adagrad` have their epsilon inside the root; the
older versions added it outside, where it counts less.
"""

from kerasish.optimizers.adadelta import Adadelta
from kerasish.optimizers.adagrad import Adagrad
from kerasish.optimizers.adam import Adam
from kerasish.optimizers.adamax import Adamax
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.ftrl import Ftrl
from kerasish.optimizers.nadam import Nadam
from kerasish.optimizers.rmsprop import RMSprop
from kerasish.optimizers.sgd import SGD

__all__ = [
    "Adadelta",
    "Adagrad",
    "Adam",
    "Adamax",
    "Ftrl",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "SGD",
]
