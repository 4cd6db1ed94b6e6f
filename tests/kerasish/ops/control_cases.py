"""Calls of functions of `keras.ops` that read and write parts of tensors."""

import numpy as np

NOISE = np.random.default_rng(22)
X = NOISE.normal(size=(4, 3))
CUBE = NOISE.normal(size=(4, 3, 5))
PLACES = np.array([[1, 2], [0, 0], [1, 2]], "int32")
ROWS = np.array([[1], [3], [1]], "int32")
SINGLE = np.array([[1, 2], [0, 0], [2, 1]], "int32")
WHOLE = NOISE.integers(-300, 300, (4, 3)).astype("int32")
ODD = np.array([0.0, 300.7, -5.0, np.inf, -np.inf, 255.0, 3e9, -3e9], "float32")

CASES = [
    ("scatter", (PLACES, X[:3, 0], (4, 3)), {}), ("scatter", (ROWS, X[:3], (4, 3)), {}),
    ("scatter", (PLACES, WHOLE[:3, 0], (2, 5)), {}),
    ("scatter_update", (X, SINGLE, X[:3, 0] * 2), {}), ("scatter_update", (X, ROWS[:2], X[:2]), {}),
    *[("scatter_update", (X, PLACES, X[:3, 1] * 2), {"reduction": how})
      for how in ("add", "max", "min", "mul")],
    *[("scatter_update", (CUBE, ROWS, CUBE[:3] * 2), {"reduction": how})
      for how in ("add", "max", "min", "MUL")],
    ("scatter_update", (WHOLE, PLACES, WHOLE[:3, 1]), {"reduction": "max"}),
    ("slice", (CUBE, (1, 0, 2), (2, 3, 2)), {}), ("slice", (X, np.array([1, 1]), (3, 2)), {}),
    ("slice", (CUBE, [1, 0, 2], (3, -1, -1)), {}),
    ("slice_update", (CUBE, (1, 0, 2), CUBE[:2, :2, :1]), {}, {"gradients": False}),
    ("slice_update", (X, np.array([3, 2], "int32"), X[:2, :2]), {}, {"gradients": False}),
    *[("saturate_cast", (x, kind), {}) for x, kinds in (
        (ODD, ("uint8", "int8", "float16", "float32", "bool")), (WHOLE, ("uint8", "int8", "int64")),
        (WHOLE > 0, ("uint8", "float32")), (ODD[:6].astype("float16"), ("uint8", "float16")),
    ) for kind in kinds],
    ("rearrange", (CUBE, "a b c -> c a b"), {}), ("rearrange", (CUBE, "a b c -> (a b) c"), {}),
    ("rearrange", (CUBE, "(a d) b c->(a b) (c d)"), {"d": 2}),
    ("rearrange", (CUBE, "(a d) b c -> d (c b) a"), {"a": 2}),
    ("unstack", (CUBE,), {"axis": 1}), ("unstack", (X, 4), {}),
]  # fmt: skip
