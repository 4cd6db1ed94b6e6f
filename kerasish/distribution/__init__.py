"""Training, evaluation and prediction on several processes, started by `torchrun`."""

from kerasish.distribution.devices import get_device_count, list_devices
from kerasish.distribution.processes import alone, initialize, is_active, rank, world_size
from kerasish.distribution.sharding import shard

__all__ = [
    "alone",
    "get_device_count",
    "initialize",
    "is_active",
    "list_devices",
    "rank",
    "shard",
    "world_size",
]
