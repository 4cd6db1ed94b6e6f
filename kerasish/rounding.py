"""Constants rounded to float32, as TensorFlow has them whatever the dtype of the tensors."""


def round_to_float32(value: float) -> float:
    """Return the number of float32 that is nearest to a Python float of normal size.

    TensorFlow keeps slopes and factors given as Python floats in float32, and computes with
    those in float64 too; results equal Keras's only with the same constants.
    """
    # Veltkamp's splitting: torch.compile and torch.fx can follow arithmetic.
    shifted = value * (2.0**29 + 1)
    return shifted - (shifted - value)
