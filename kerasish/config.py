"""Global defaults of Keras: float type, fuzz factor, image layout; and whose random numbers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn

from kerasish.interactive_logging import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)

if TYPE_CHECKING:
    from kerasish.saving.dtype_policy import DTypePolicy

__all__ = [
    "backend",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled",
    "max_epochs",
    "max_steps_per_epoch",
    "random_generator",
    "set_backend",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "set_random_generator",
]

_FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
_IMAGE_FORMATS = ("channels_last", "channels_first")
_GENERATORS = ("keras", "torch")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_random_generator = "keras"
_dtype_policy: str | None = None
_flash_attention: bool | None = None
_filters_tracebacks = True
_max_epochs: int | None = None
_max_steps_per_epoch: int | None = None


def floatx() -> str:
    """Return the default float type, as a string such as `"float32"`."""
    return _floatx


def set_floatx(value: str) -> None:
    """Set the default float type of layers that are made from now on.

    Args:
        value: One of `"float16"`, `"bfloat16"`, `"float32"`, `"float64"`.

    Raises:
        ValueError: For any other value.
    """
    global _floatx
    if value not in _FLOAT_TYPES:
        raise ValueError(f"set_floatx expects one of {_FLOAT_TYPES}. Received: {value!r}")
    _floatx = value


def epsilon() -> float:
    """Return the fuzz factor that keeps divisions and logarithms finite (1e-7 unless set)."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz factor returned by `epsilon()`."""
    global _epsilon
    _epsilon = float(value)


def image_data_format() -> str:
    """Return the default layout of images: `"channels_last"` or `"channels_first"`."""
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set the default layout of images.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.

    Raises:
        ValueError: For any other value.
    """
    global _image_data_format
    if data_format not in _IMAGE_FORMATS:
        raise ValueError(
            f"set_image_data_format expects one of {_IMAGE_FORMATS}. Received: {data_format!r}"
        )
    _image_data_format = data_format


def random_generator() -> str:
    """Return whose random numbers are drawn where no seed is given: `"keras"` or `"torch"`."""
    return _random_generator


def set_random_generator(value: str) -> None:
    """Choose whose random numbers are drawn from now on where no seed is given.

    That is so for layers and initializers with `seed=None`, for functions of `kerasish.random`
    likewise or with a `SeedGenerator` made without one, and for the order of the samples in `fit`.
    What was given a seed draws Keras's numbers either way.

    Args:
        value: `"keras"`, the default: the numbers that Keras draws on TensorFlow, after
            `set_random_seed` the same ones. `"torch"`: torch's own generators, which
            `torch.manual_seed` steers; faster, above all on a GPU.

    Raises:
        ValueError: For any other value.
    """
    global _random_generator
    if value not in _GENERATORS:
        raise ValueError(f"set_random_generator expects one of {_GENERATORS}. Received: {value!r}")
    _random_generator = value


def backend() -> str:
    """Return `"torch"`, the only backend."""
    return "torch"


def set_backend(backend: str) -> None:
    """Take `"torch"`, the only backend; nothing changes.

    Raises:
        ValueError: For any other.
    """
    if backend != "torch":
        raise ValueError(
            "kerasish runs on torch alone; use Keras for other backends. "
            f"Received: backend={backend!r}"
        )


def dtype_policy() -> DTypePolicy:
    """Return the policy of layers that are made without a dtype: `floatx()` unless one was set."""
    from kerasish.saving.dtype_policy import DTypePolicy

    return DTypePolicy(_dtype_policy or _floatx)


def set_dtype_policy(policy: Any) -> None:
    """Set the dtype of layers that are made from now on without one.

    Args:
        policy: A float type's name such as `"float64"`, or a `DTypePolicy`.

    Raises:
        ValueError: For anything else, mixed policies among them.
    """
    global _dtype_policy
    from kerasish.saving.dtype_policy import DTypePolicy

    name = policy.name if isinstance(policy, DTypePolicy) else policy
    if isinstance(name, str) and name.startswith("mixed_"):
        raise ValueError(
            "Layers have one type for weights and computation; for mixed precision keep float32 "
            f"and run the model under torch.autocast. Received: policy={name!r}"
        )
    if name not in _FLOAT_TYPES:
        raise ValueError(f"set_dtype_policy expects one of {_FLOAT_TYPES}. Received: {policy!r}")
    _dtype_policy = name


def reset_dtype_policy() -> None:
    """Let new layers have `floatx()` again, as `clear_session` does in Keras."""
    global _dtype_policy
    _dtype_policy = None


def enable_flash_attention() -> None:
    """Let `scaled_dot_product_attention` choose torch's flash kernel, as it does from the start."""
    _set_flash_attention(True)


def disable_flash_attention() -> None:
    """Keep `scaled_dot_product_attention` from torch's flash kernel."""
    _set_flash_attention(False)


def is_flash_attention_enabled() -> bool | None:
    """Return what was chosen for flash attention; None where nothing was."""
    return _flash_attention


def _set_flash_attention(value: bool) -> None:
    import torch

    global _flash_attention
    _flash_attention = value
    torch.backends.cuda.enable_flash_sdp(value)


def enable_traceback_filtering() -> None:
    """Note that tracebacks may be shortened; kerasish never does."""
    global _filters_tracebacks
    _filters_tracebacks = True


def disable_traceback_filtering() -> None:
    """Ask for whole tracebacks, which kerasish always gives."""
    global _filters_tracebacks
    _filters_tracebacks = False


def is_traceback_filtering_enabled() -> bool:
    """Return what was asked for; True from the start, as in Keras."""
    return _filters_tracebacks


def enable_unsafe_deserialization() -> NoReturn:
    """Refuse: no code from a file runs here.

    Raises:
        RuntimeError: Always.
    """
    raise RuntimeError(
        "No code from a file runs in kerasish, whatever is set. Give the functions and classes of "
        "a model as `custom_objects` instead. Received: a call of enable_unsafe_deserialization"
    )


def max_epochs() -> int | None:
    """Return how many epochs `fit` trains at most; None for no limit.

    It comes from `set_max_epochs`, else from the environment's `KERAS_MAX_EPOCHS`.
    """
    return _limit(_max_epochs, "KERAS_MAX_EPOCHS")


def set_max_epochs(max_epochs: int | None) -> None:
    """Set how many epochs `fit` trains at most, to try a script quickly; None for no limit."""
    global _max_epochs
    _max_epochs = max_epochs


def max_steps_per_epoch() -> int | None:
    """Return how many batches `fit`, `evaluate` and `predict` take at most in an epoch.

    It comes from `set_max_steps_per_epoch`, else from the environment's
    `KERAS_MAX_STEPS_PER_EPOCH`.
    """
    return _limit(_max_steps_per_epoch, "KERAS_MAX_STEPS_PER_EPOCH")


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Set how many batches an epoch has at most, to try a script quickly; None for no limit."""
    global _max_steps_per_epoch
    _max_steps_per_epoch = max_steps_per_epoch


def _limit(value: int | None, variable: str) -> int | None:
    if value is not None:
        return value
    text = os.environ.get(variable)
    return None if not text else int(text)
