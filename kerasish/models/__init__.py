"""Models: Functional, Sequential and subclassed."""

from kerasish.models.cloning import clone_model
from kerasish.models.files.keras_files import load_model, save_model
from kerasish.models.functional import Functional
from kerasish.models.json_config import model_from_json
from kerasish.models.model import Model
from kerasish.models.sequential import Sequential

__all__ = [
    "Functional",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]
