"""Data that is made while a model trains."""

from kerasish.pipelines.pipeline import Pipeline

__all__ = ["Pipeline"]
