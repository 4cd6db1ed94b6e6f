"""Names of `keras.ops` that are not in `keras.ops.numpy`, and where each is tested."""

import keras

# Those with functions among their arguments, or with tests of their own.
CALLED = {
    "associative_scan", "cond", "custom_gradient", "fori_loop", "jvp", "map", "scan", "switch",
    "vectorized_map", "while_loop",
}  # fmt: skip
MODULES = ("image", "linalg", "nn", "numpy")


def names_of(module):
    return {name for name in dir(module) if not name.startswith("_")}


REST_NAMES = names_of(keras.ops) - names_of(keras.ops.numpy) - set(MODULES)
