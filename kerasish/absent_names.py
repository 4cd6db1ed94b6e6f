"""Names of Keras that kerasish does not have, and what to do instead; the tables in docs show it.

A `*` at the end of a key stands for all names that begin so; the longest key counts.
"""

from __future__ import annotations

_QUANTIZED = "quantization is torchao's, or that of ONNX Runtime after `model.export`"
_JAX = "it is a layer of JAX; `kerasish.wrap` takes any torch module"
_SCIKIT = "use `kerasish.wrappers.SKLearnClassifier` or `SKLearnRegressor`, or SciKeras"
_DISTILLATION = "write a `train_step` that adds a loss between the outputs of teacher and student"
_BOXES = "use `torchvision.ops` and `torchvision.tv_tensors.BoundingBoxes`"
_PICTURES = "use matplotlib's `imshow`, and `torchvision.utils` for grids, boxes and masks"
_STATELESS = "Keras uses it for JAX; torch's state changes in place, or use `torch.func`"

ABSENT: dict[str, str] = {
    "layers.FlaxLayer": _JAX,
    "layers.JaxLayer": _JAX,
    "layers.TFSMLayer": (
        "a SavedModel runs in TensorFlow alone; rebuild the model, and `load_weights` reads its "
        "variables"
    ),
    "callbacks.OrbaxCheckpoint": "its files are those of a library for JAX; use `ModelCheckpoint`",
    "config.is_nnx_enabled": "it is of JAX alone",
    "config.enable_unsafe_deserialization": (
        "no code from a file runs here; give functions and classes as `custom_objects`"
    ),
    "Quantizer": _QUANTIZED,
    "quantizers": _QUANTIZED,
    "quantizers.*": _QUANTIZED,
    "dtype_policies.AWQDTypePolicy": _QUANTIZED,
    "dtype_policies.GPTQDTypePolicy": _QUANTIZED,
    "dtype_policies.Int4DTypePolicy": _QUANTIZED,
    "dtype_policies.QuantizedDTypePolicy": _QUANTIZED,
    "dtype_policies.QuantizedFloat8DTypePolicy": _QUANTIZED,
    "distribution.*": "start the script with `torchrun`, or use `torch.distributed`",
    "export.ExportArchive": "use `model.export` for ONNX, or `torch.export.export(model, ...)`",
    "RematScope": "use `torch.utils.checkpoint.checkpoint` in a layer's `call`",
    "remat": "use `torch.utils.checkpoint.checkpoint` in a layer's `call`",
    "distillation": _DISTILLATION,
    "distillation.*": _DISTILLATION,
    "dtype_policies.DTypePolicyMap": "give each layer its own `dtype`",
    "layers.MaxNumBoundingBoxes": _BOXES,
    "utils.bounding_boxes": _BOXES,
    "utils.bounding_boxes.*": _BOXES,
    "visualization": _PICTURES,
    "visualization.*": _PICTURES,
    "saving.KerasFileEditor": (
        "`weight-port inspect`, `map` and `convert` list, rename and write the weights of files"
    ),
    "StatelessScope": _STATELESS,
    "SymbolicScope": _STATELESS,
    "wrappers.scikit_learn": _SCIKIT,
    "wrappers.scikit_learn.*": _SCIKIT,
    "legacy.interfaces": "it held the arguments of Keras 1, which the layers take themselves",
    "legacy.layers": "use `kerasish.layers`",
    "layers.ContrastLimitedAdaptiveHistogramEqualization": (
        "use `Equalization`, or OpenCV's `createCLAHE` on the images before training"
    ),
    "layers.LocallyConnected1D": "Keras 3 has none either; use `torch.Tensor.unfold` and einsum",
    "layers.LocallyConnected2D": "Keras 3 has none either; use `torch.nn.Unfold` and einsum",
    "layers.Merge": "use `Add`, `Multiply`, `Average`, `Maximum`, `Concatenate` or `Dot`",
    "layers.Highway": "it went in Keras 2; write it with `Dense`, `multiply` and `add`",
    "layers.MaxoutDense": "it went in Keras 2; write it with `Dense`, `Reshape` and a maximum",
    "utils.print_summary": "use `model.summary()`",
    "utils.multi_gpu_model": "start the script with `torchrun`, and `fit` trains on all GPUs",
    "utils.training_utils": "start the script with `torchrun`, and `fit` trains on all GPUs",
    "utils.OrderedEnqueuer": "give the `PyDataset` to `fit`, or use torch's `DataLoader`",
    "utils.GeneratorEnqueuer": "give the generator to `fit`, or use torch's `DataLoader`",
    "utils.HDF5Matrix": "read the data set with `h5py` into an array",
    "utils.convert_all_kernels_in_model": "flip Theano's kernels with NumPy: `kernel[::-1, ::-1]`",
    "backend.set_session": "nothing is needed: there are no sessions in torch",
    "backend.get_session": "nothing is needed: there are no sessions in torch",
    "estimator": "estimators went from TensorFlow too; use `fit`",
    "experimental": "use what stands in `kerasish.layers`, `models` and `optimizers`",
}


def absence(name: str) -> str | None:
    """Return what to do instead of a name; None for names that nothing is said about.

    Args:
        name: The name without its root: `layers.JaxLayer`.
    """
    if name in ABSENT:
        return ABSENT[name]
    fitting = [key for key in ABSENT if key.endswith("*") and name.startswith(key[:-1])]
    return ABSENT[max(fitting, key=len)] if fitting else None
