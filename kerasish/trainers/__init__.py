"""Training: what `compile` is given, for all outputs of a model."""

from kerasish.trainers.compile_loss import CompileLoss
from kerasish.trainers.compile_metrics import CompileMetrics

__all__ = ["CompileLoss", "CompileMetrics"]
