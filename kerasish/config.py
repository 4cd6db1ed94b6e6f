"""Global defaults of Keras: float type, fuzz factor, image layout; and whose random numbers."""

from __future__ import annotations

_FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
_IMAGE_FORMATS = ("channels_last", "channels_first")
_GENERATORS = ("keras", "torch")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_random_generator = "keras"


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


def set_image_data_format(value: str) -> None:
    """Set the default layout of images.

    Args:
        value: `"channels_last"` or `"channels_first"`.

    Raises:
        ValueError: For any other value.
    """
    global _image_data_format
    if value not in _IMAGE_FORMATS:
        raise ValueError(
            f"set_image_data_format expects one of {_IMAGE_FORMATS}. Received: {value!r}"
        )
    _image_data_format = value


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
