"""Calls of `keras.ops.linalg` and of what is in `keras.ops` from `keras.src.ops.math`."""

import numpy as np

NOISE = np.random.default_rng(21)
M = NOISE.normal(size=(2, 4, 4))
DEFINITE = M @ M.transpose(0, 2, 1) + 2 * np.eye(4)
TALL = NOISE.normal(size=(2, 5, 3))
WIDE = NOISE.normal(size=(3, 5))
LOW = np.concatenate([WIDE, WIDE[:2] * 2])
UPPER = np.triu(M) + 3 * np.eye(4)
R = NOISE.normal(size=(2, 4, 3))
V = NOISE.normal(size=(2, 4))
ROWS = NOISE.normal(size=(6, 3))
IDS = np.array([0, 2, 0, 3, 2, 2], "int32")
SORTED = np.array([0, 0, 1, 3, 3, 3], "int32")
SIGNAL = NOISE.normal(size=(2, 40))
PAIR = (NOISE.normal(size=(2, 6)), NOISE.normal(size=(2, 6)))
IMAGES = (NOISE.normal(size=(2, 4, 6)), NOISE.normal(size=(2, 4, 6)))
SPECTRUM = (NOISE.normal(size=(2, 5, 9)), NOISE.normal(size=(2, 5, 9)))
INNER = NOISE.uniform(-0.9, 0.9, (3, 4))


def _product(parts, module):
    """What does not depend on signs of vectors."""
    return module.matmul(parts[0], parts[1])


def _projected(parts, module):
    return [parts[0], module.matmul(module.abs(parts[1]), module.abs(parts[1]))]


def _sizes(parts, module):
    return [parts[1], module.abs(parts[0]), module.abs(parts[2])]


def _spread(parts, module):
    """Eigenvalues in any order."""
    values = np.sort_complex(module.convert_to_numpy(parts[0]))
    return module.convert_to_tensor(values)


SINGLE = DEFINITE.astype("float32")
CASES = [
    ("cholesky", (DEFINITE,), {}), ("cholesky", (SINGLE,), {"upper": True}),
    ("cholesky_inverse", (np.tril(DEFINITE),), {}),
    ("cholesky_inverse", (UPPER[0],), {"upper": True}),
    ("det", (M,), {}), ("logdet", (DEFINITE,), {}), ("logdet", (M,), {}, {"gradients": False}),
    ("slogdet", (M,), {}), ("inv", (M,), {}),
    ("eigh", (DEFINITE,), {}, {"change": _projected}),
    ("eig", (M,), {}, {"change": _spread, "gradients": False}),
    ("lu_factor", (M[0],), {}, {"gradients": False}), ("qr", (TALL,), {}, {"change": _product}),
    ("qr", (TALL,), {}), ("qr", (TALL.transpose(0, 2, 1),), {}, {"gradients": False}),
    ("qr", (TALL,), {"mode": "complete"}, {"gradients": False}),
    ("solve", (M, R), {}), ("solve", (M, V), {}), ("solve_triangular", (UPPER, R), {}),
    ("solve_triangular", (np.tril(DEFINITE), V), {"lower": True}),
    ("svd", (M,), {}, {"change": _sizes, "gradients": False}),
    ("svd", (TALL,), {"full_matrices": False}, {"change": _sizes, "gradients": False}),
    ("svd", (TALL,), {"compute_uv": False}),
    ("lstsq", (TALL[0], ROWS[:5, :2]), {}), ("lstsq", (WIDE, ROWS[:3, 0]), {}),
    ("lstsq", (LOW, ROWS[:5]), {"rcond": 0.01}, {"gradients": False}),
    ("lstsq", (LOW, ROWS[:5]), {}, {"gradients": False}),
    ("matrix_rank", (LOW,), {}), ("matrix_rank", (TALL,), {"tol": 1.5}),
    ("pinv", (TALL,), {}), ("pinv", (LOW,), {"rcond": 0.2}, {"gradients": False}),
    *[("norm", (M,), {"ord": order, "axis": (1, 2), "keepdims": keep})
      for order in (None, "fro", 1, -1, np.inf, -np.inf, "nuc", 2, -2) for keep in (False, True)],
    *[("norm", (M,), {"ord": order, "axis": axis})
      for order in (None, 0, 1, 2, 3, np.inf, -np.inf) for axis in (1, -1)],
    *[(name, (ROWS, ids), options)
      for name in ("segment_max", "segment_min", "segment_prod", "segment_sum")
      for ids, options in ((IDS, {"num_segments": 5}), (IDS - 1, {"num_segments": 3}),
                           (SORTED, {"sorted": True}))],
    *[(name, (IDS * 2, IDS), {"num_segments": 4})
      for name in ("segment_max", "segment_min", "segment_prod", "segment_sum")],
    ("segment_max", (ROWS[:, 0], IDS), {}), ("segment_prod", (ROWS[:, 0], IDS), {}),
    ("extract_sequences", (SIGNAL, 7, 3), {}), ("extract_sequences", (SIGNAL, 50, 3), {}),
    ("fft", (PAIR,), {}), ("fft2", (IMAGES,), {}), ("ifft2", (IMAGES,), {}),
    ("rfft", (SIGNAL,), {}), ("rfft", (SIGNAL,), {"fft_length": 33}, {"gradients": False}),
    ("rfft", (SIGNAL,), {"fft_length": 45}, {"gradients": False}), ("irfft", (PAIR,), {}),
    ("irfft", (PAIR,), {"fft_length": 7}, {"gradients": False}),
    ("irfft", (PAIR,), {"fft_length": 16}, {"gradients": False}),
    *[("stft", (SIGNAL, 8, 3, 16), {"window": window, "center": center})
      for window in ("hann", "hamming", None, INNER.reshape(-1)[:8]) for center in (False, True)],
    ("stft", (SIGNAL.astype("float32"), 7, 2, 9), {}),
    *[("istft", (SPECTRUM, 16, 4, 16), {"window": window, "center": center, "length": length})
      for window in ("hann", None) for center in (False, True) for length in (None, 12)],
    ("istft", (SPECTRUM, 12, 5, 16), {"window": "hamming"}),
    ("erfc", (PAIR[0],), {}), ("erfinv", (INNER,), {}), ("erfinv", (INNER.astype("float16"),), {}),
    ("cdist", (R, R[:, :2] + 1), {}), ("cdist", (R[0], R + 0.5), {}), ("polar", PAIR, {}),
    ("psnr", (INNER, INNER + 0.1, 1.0), {}), ("view_as_real", (INNER + 1j * INNER,), {}),
    ("view_as_complex", (INNER[:, :2],), {}),
]  # fmt: skip
