"""Older names of `dtype_policies` and `config`, and the optimizer that scales the loss.

Mixed policies are refused; run the model under `torch.autocast`.
"""

from kerasish.config import dtype_policy, set_dtype_policy
from kerasish.optimizers import LossScaleOptimizer
from kerasish.saving.dtype_policy import DTypePolicy

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
