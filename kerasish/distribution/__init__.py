"""Training, evaluation and prediction on several processes, started by `torchrun`."""

from kerasish.distribution.processes import alone, initialize, is_active, rank, world_size
from kerasish.distribution.sharding import shard

__all__ = ["alone", "initialize", "is_active", "rank", "shard", "world_size"]
