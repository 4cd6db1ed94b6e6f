"""Names of Keras 1 and 2 that moved or went; whether the new name exists here is looked up.

The arguments of Keras 1's layers come from `weight_port`, which reads them in files too.
"""

from __future__ import annotations

from weight_port.legacy_config.keras1_tables import ARGUMENTS as _KERAS1
from weight_port.legacy_config.keras1_tables import COMMON, MERGES

# Roots that mean `keras`; the longest that fits is taken.
ROOTS = {
    "tf_keras.src": "keras",
    "tf_keras": "keras",
    "keras.src": "keras",
    "keras.api": "keras",
    "keras.api._v1.keras": "keras",
    "keras.api._v2.keras": "keras",
    "tensorflow.keras": "keras",
    "tensorflow.python.keras": "keras",
    "tensorflow.python.keras.api.keras": "keras",
    "tensorflow.contrib.keras": "keras",
    "tensorflow.contrib.keras.api.keras": "keras",
    "tensorflow.contrib.keras.python.keras": "keras",
    "tensorflow.compat.v1.keras": "keras",
    "tensorflow.compat.v2.keras": "keras",
    "tensorflow.compat.v1": "tensorflow",
    "tensorflow.compat.v2": "tensorflow",
    "tensorflow.initializers": "keras.initializers",
    "tensorflow.optimizers": "keras.optimizers",
}

# Functions that have the names of modules of other versions.
FUNCTIONS = {
    "keras.optimizers.adam": "keras.optimizers.Adam",
    "keras.optimizers.sgd": "keras.optimizers.SGD",
    "keras.optimizers.rmsprop": "keras.optimizers.RMSprop",
}

# A name and all below it.
MOVED = {
    **{
        f"keras.layers.{old}": "keras.layers"
        for old in (
            *("advanced_activations", "attention", "convolutional", "convolutional_recurrent"),
            *("core", "cudnn_recurrent", "dense_attention", "embeddings", "experimental"),
            *("experimental.preprocessing", "local", "merge", "noise", "normalization"),
            *("pooling", "recurrent", "recurrent_v2", "wrappers", "preprocessing"),
            *("activation", "merging", "regularization", "reshaping", "rnn"),
        )
    },
    "keras.engine": "keras.models",
    "keras.engine.base_layer": "keras.layers",
    "keras.engine.input_layer": "keras.layers",
    "keras.engine.input_spec": "keras.layers",
    "keras.engine.topology": "keras.layers",
    "keras.engine.topology.Input": "keras.Input",
    "keras.engine.training": "keras.models",
    "keras.engine.sequential": "keras.models",
    "keras.engine.functional": "keras.models",
    "keras.engine.saving": "keras.models",
    "keras.engine.Layer": "keras.layers.Layer",
    "keras.engine.InputSpec": "keras.layers.InputSpec",
    "keras.engine.Input": "keras.Input",
    "keras.models.Input": "keras.Input",
    "keras.utils.np_utils": "keras.utils",
    "keras.utils.generic_utils": "keras.utils",
    "keras.utils.vis_utils": "keras.utils",
    "keras.utils.data_utils": "keras.utils",
    "keras.utils.layer_utils": "keras.utils",
    "keras.utils.visualize_util.plot": "keras.utils.plot_model",
    "keras.preprocessing.sequence.pad_sequences": "keras.utils.pad_sequences",
    "keras.preprocessing.image.load_img": "keras.utils.load_img",
    "keras.preprocessing.image.img_to_array": "keras.utils.img_to_array",
    "keras.preprocessing.image.array_to_img": "keras.utils.array_to_img",
    "keras.preprocessing.image.save_img": "keras.utils.save_img",
    "keras.preprocessing.image_dataset_from_directory": "keras.utils.image_dataset_from_directory",
    "keras.preprocessing.text_dataset_from_directory": "keras.utils.text_dataset_from_directory",
    "keras.preprocessing.timeseries_dataset_from_array": (
        "keras.utils.timeseries_dataset_from_array"
    ),
    "keras.backend.tensorflow_backend": "keras.backend",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.layers.AtrousConvolution1D": "keras.layers.Conv1D",
    "keras.layers.AtrousConvolution2D": "keras.layers.Conv2D",
    "keras.layers.Deconvolution2D": "keras.layers.Conv2DTranspose",
    "keras.layers.TimeDistributedDense": "keras.layers.Dense",
    "keras.optimizers.experimental": "keras.optimizers",
    "keras.optimizers.schedules.learning_rate_schedule": "keras.optimizers.schedules",
    "keras.optimizer_v2": "keras.optimizers",
    "keras.optimizer_v2.learning_rate_schedule": "keras.optimizers.schedules",
    **{
        f"keras.{package}.{old}": "keras.optimizers"
        for package in ("optimizers", "optimizer_v2")
        for old in ("gradient_descent", "optimizer_v2")
    },
    **{
        f"keras.optimizer_v2.{old}": "keras.optimizers"
        for old in ("adadelta", "adagrad", "adam", "adamax", "ftrl", "nadam", "rmsprop")
    },
    "keras.callbacks.callbacks": "keras.callbacks",
    "keras.regularizers.WeightRegularizer": "keras.regularizers.L1L2",
    "keras.constraints.maxnorm": "keras.constraints.MaxNorm",
    "keras.constraints.nonneg": "keras.constraints.NonNeg",
    "keras.constraints.unitnorm": "keras.constraints.UnitNorm",
    "keras.initializations": "keras.initializers",
    "keras.initializers.normal": "keras.initializers.RandomNormal",
    "keras.initializers.uniform": "keras.initializers.RandomUniform",
    "keras.objectives": "keras.losses",
    **{
        f"keras.{module}.{old}": f"keras.{module}.{new}"
        for module in ("losses", "metrics")
        for old, new in {
            **dict.fromkeys(("mse", "MSE"), "mean_squared_error"),
            **dict.fromkeys(("mae", "MAE"), "mean_absolute_error"),
            **dict.fromkeys(("mape", "MAPE"), "mean_absolute_percentage_error"),
            **dict.fromkeys(("msle", "MSLE"), "mean_squared_logarithmic_error"),
            **dict.fromkeys(("kld", "KLD", "kullback_leibler_divergence"), "kl_divergence"),
            "logcosh": "log_cosh",
        }.items()
    },
    "keras.losses.cosine": "keras.losses.cosine_similarity",
}

# Arguments by the canonical name; `*` stands for a whole module.
ARGUMENTS: dict[str, dict[str, str]] = {
    "keras.layers.*": {**COMMON},
    **{f"keras.layers.{name}": table for name, table in _KERAS1.items()},
    **{
        f"keras.layers.Conv{n}D": _KERAS1[f"Convolution{n}D"] | {"filter_length": "kernel_size"}
        for n in (1, 2, 3)
    },
    **{
        f"keras.layers.Convolution{n}D": _KERAS1[f"Convolution{n}D"]
        | {"filter_length": "kernel_size"}
        for n in (1, 2, 3)
    },
    "keras.layers.LeakyReLU": {"alpha": "negative_slope"},
    "keras.layers.concatenate": {"concat_axis": "axis"},
    "keras.layers.InputLayer": {"input_shape": "shape", "batch_input_shape": "batch_shape"},
    "keras.layers.Input": {"batch_input_shape": "batch_shape"},
    "keras.Input": {"batch_input_shape": "batch_shape"},
    "keras.optimizers.*": {"lr": "learning_rate"},
    "keras.models.Model": {"input": "inputs", "output": "outputs"},
    "keras.Model": {"input": "inputs", "output": "outputs"},
    "keras.callbacks.ReduceLROnPlateau": {"epsilon": "min_delta"},
    "keras.datasets.imdb.load_data": {"nb_words": "num_words"},
    "keras.datasets.reuters.load_data": {"nb_words": "num_words"},
    "keras.utils.to_categorical": {"y": "x", "nb_classes": "num_classes"},
}

# Arguments that did nothing, or do nothing here, with the values for which that holds.
NEUTRAL: dict[str, dict[str, tuple[object, ...]]] = {
    "keras.layers.*": {"implementation": (0, 1, 2), "consume_less": ("cpu", "mem", "gpu")},
    "keras.optimizers.*": {"decay": (0, 0.0, None), "epsilon": (None,)},
    "keras.layers.BatchNormalization": {"mode": (0,)},
    "keras.layers.Input": {"sparse": (False,), "ragged": (False,)},
    "keras.Input": {"sparse": (False,), "ragged": (False,)},
}

# The function that `merge(inputs, mode=...)` became.
MERGE_FUNCTIONS = {
    mode: {
        "Add": "add",
        "Multiply": "multiply",
        "Average": "average",
        "Maximum": "maximum",
        "Concatenate": "concatenate",
        "Dot": "dot",
    }[name]
    for mode, name in MERGES.items()
}

# Methods of models.
METHODS = {
    "fit_generator": "fit",
    "evaluate_generator": "evaluate",
    "predict_generator": "predict",
    "predict_proba": "predict",
}
METHOD_ARGUMENTS = {
    "fit": {"nb_epoch": "epochs"},
    "fit_generator": {"nb_epoch": "epochs", "nb_val_samples": "validation_steps"},
}
METHOD_ADVICE = {
    "predict_classes": "use `np.argmax(model.predict(x), axis=-1)`, or `> 0.5` for one unit",
    "fit_generator": "give the data to `fit`",
    "evaluate_generator": "give the data to `evaluate`",
    "compile": "train with a loop of PyTorch: optimizer, loss and metrics of kerasish work in it",
    "fit": "train with a loop of PyTorch, as the README shows under 'Training'",
    "train_on_batch": "train with a loop of PyTorch, as the README shows under 'Training'",
    "evaluate": "compute the loss on what `predict` gives",
    "reset_states": "call `reset_state()` of the stateful layers",
    "to_yaml": "use `to_json`",
}
METHOD_ARGUMENT_ADVICE = {
    "samples_per_epoch": "give `steps_per_epoch`, which counts batches and not samples",
    "show_accuracy": "give `metrics=['accuracy']` to `compile`",
}

ARGUMENT_ADVICE = {
    "decay": "give `keras.optimizers.schedules.InverseTimeDecay` as the learning rate",
    "batch_input_shape": "use `batch_shape`",
    "dim_ordering": "use `data_format`",
}

# What to do about a name that is missing; the longest that fits is taken.
ADVICE = {
    "keras.applications": "take the network from torchvision or timm",
    "keras.backend": "write the function of torch in its place",
    "keras.backend.get_session": "nothing is needed: there are no sessions in torch",
    "keras.backend.set_session": "nothing is needed: there are no sessions in torch",
    "keras.callbacks": "write the step into the training loop",
    "keras.datasets": "load the data with torchvision, scikit-learn or NumPy",
    "keras.layers.Random": "augment the data with `torchvision.transforms.v2`",
    "keras.layers.merge": "use a `Lambda` layer",
    "keras.layers": "write it as a torch module and use `kerasish.wrap`, or subclass `Layer`",
    "keras.ops": "write the function of torch in its place",
    "keras.preprocessing": "prepare the data with NumPy or torch",
    "keras.utils.multi_gpu_model": "use `torch.nn.parallel.DistributedDataParallel`",
    "keras.utils": "write it with NumPy or torch, or keep this import",
    "keras": "write it with torch",
    "tensorflow.GradientTape": "call `loss.backward()` and read the gradients, or torch.autograd",
    "tensorflow.Session": "nothing is needed: torch computes at once",
    "tensorflow.data": "use `torch.utils.data`",
    "tensorflow.Variable": "use `torch.nn.Parameter`, or `add_weight` in a layer",
    "tensorflow.distribute": "use `torch.distributed`",
    "tensorflow.image": "use `torchvision.transforms.v2.functional`",
    "tensorflow.summary": "use `torch.utils.tensorboard.SummaryWriter`",
    "tensorflow.saved_model": "use `model.save`, or export it to ONNX",
    "tensorflow.lite": "export the model to ONNX, or use ExecuTorch",
    "tensorflow": "write it with torch, or keep TensorFlow for it",
}
