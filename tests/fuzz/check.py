"""What a mutated file may lead to: the weights as they were, or a clear error."""

import numpy as np

from weight_port import formats
from weight_port.errors import WeightPortError
from weight_port.formats import Limits

LIMITS = Limits(expansion=16, expansion_floor=1 << 20, json_bytes=1 << 20)
# In files of these formats nothing tells that a byte of a value is another.
WITHOUT_CHECKSUMS = ("h5", "weights.h5", "safetensors", "torch")
EXPECTED = (WeightPortError, ValueError, TypeError)


def contents(path):
    with formats.open_file(path, limits=LIMITS) as file:
        return file.read_all()


def check(path, original, of_format, *, whole):
    """Read a mutated file, and raise AssertionError if it is read as something else.

    Returns:
        `"equal"`, `"values"` for other values in a format without checksums, or `"error"`.
    """
    try:
        if whole:
            from kerasish.models import load_model

            load_model(path, limits=LIMITS)
        found = contents(path)
    except EXPECTED as error:
        message = str(error)
        assert "eceived" in message, f"an error without what was received: {message[:300]}"
        assert len(message) < 100_000, f"an error of {len(message)} characters"
        return "error"
    except FileNotFoundError:
        return "error"
    same = found.keys() == original.keys() and all(
        found[name].shape == array.shape and found[name].dtype == array.dtype
        for name, array in original.items()
    )
    equal = same and all(
        np.array_equal(found[name].view(np.uint8), array.view(np.uint8))
        if array.ndim
        else found[name] == array or found[name] != found[name]
        for name, array in original.items()
    )
    if equal:
        return "equal"
    # Names, shapes and types are bytes like others where there are no checksums.
    assert of_format in WITHOUT_CHECKSUMS or whole is None, "other values, and no error"
    return "values"
