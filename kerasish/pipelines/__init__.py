"""Data that is made while a model trains."""

from kerasish.pipelines.pipeline import Pipeline

# What TensorFlow calls a number that it chooses by itself; taken and not needed.
AUTOTUNE = -1

__all__ = ["AUTOTUNE", "Pipeline"]
