"""Helpers around models: seeds, sessions, class vectors, objects of the user."""

from kerasish.dtypes import standardize_dtype
from kerasish.graph.keras_tensor import is_keras_tensor
from kerasish.interactive_logging import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from kerasish.layers.preprocessing.feature_space import FeatureSpace
from kerasish.random.seeding import set_random_seed
from kerasish.saving.registry import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from kerasish.trainers.py_dataset import PyDataset, Sequence
from kerasish.utils import legacy
from kerasish.utils.audio_dataset import audio_dataset_from_directory
from kerasish.utils.batch_parts import pack_x_y_sample_weight, unpack_x_y_sample_weight
from kerasish.utils.config_values import Config
from kerasish.utils.dataset_splits import split_dataset
from kerasish.utils.downloads import get_file
from kerasish.utils.image_dataset import image_dataset_from_directory
from kerasish.utils.images import array_to_img, img_to_array, load_img, save_img
from kerasish.utils.model_graphs import model_to_dot
from kerasish.utils.model_plots import plot_model
from kerasish.utils.numerical import normalize, to_categorical
from kerasish.utils.progbar import Progbar
from kerasish.utils.sequences import pad_sequences
from kerasish.utils.session import clear_session
from kerasish.utils.source_inputs import get_source_inputs
from kerasish.utils.text_dataset import text_dataset_from_directory
from kerasish.utils.timeseries_dataset import timeseries_dataset_from_array

__all__ = [
    "Config",
    "CustomObjectScope",
    "FeatureSpace",
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "audio_dataset_from_directory",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "legacy",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
