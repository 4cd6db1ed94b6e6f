"""Calls of `keras.ops.numpy`'s functions, with arguments that tell their meanings apart."""

import numpy as np

NOISE = np.random.default_rng(5)
A = NOISE.normal(size=(3, 4)).astype("float32")
B = NOISE.normal(size=(3, 4)).astype("float32")
D = NOISE.normal(size=(2, 3, 4))
P = NOISE.uniform(0.05, 0.9, (3, 4)).astype("float32")
W = NOISE.integers(-3, 5, (3, 4)).astype("int32")
J = NOISE.integers(1, 6, (3, 4)).astype("int32")
U = NOISE.integers(0, 9, (3, 4)).astype("uint8")
T = NOISE.integers(0, 2, (3, 4)).astype(bool)
SQUARE = NOISE.normal(size=(2, 4, 4)).astype("float32")
C = (NOISE.normal(size=(3, 4)) + 1j * NOISE.normal(size=(3, 4))).astype("complex64")
V = NOISE.normal(size=(7,)).astype("float32")
TIES = np.array([[1, 3, 3, 0], [2, 2, 0, 2], [5, 1, 1, 5]], "float32")
NAN = np.where(NOISE.random((3, 4, 5)) < 0.3, np.nan, NOISE.normal(size=(3, 4, 5)))
NAN[1, 2] = np.nan
NAN = NAN.astype("float32")
ODD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.5], "float32")

# Functions of each number, run for all types of numbers.
UNARY = [
    "abs", "absolute", "angle", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "arccos",
    "array", "bitwise_invert", "bitwise_not", "cbrt", "ceil", "conj", "conjugate", "copy",
    "corrcoef", "cos", "cosh", "deg2rad", "diag", "diagflat", "empty_like", "exp", "exp2",
    "expm1", "fabs", "fliplr", "flipud", "floor", "i0", "imag", "isfinite", "isinf", "isnan",
    "isneginf", "isposinf", "isreal", "log", "log10", "log1p", "log2", "logical_not",
    "nan_to_num", "ndim", "negative", "nonzero", "ones_like", "rad2deg", "ravel", "real",
    "round", "rot90", "sign", "signbit", "sin", "sinc", "sinh", "size", "sqrt", "square",
    "squeeze", "tan", "tanh", "transpose", "tril", "triu", "trunc", "view", "zeros_like", "all",
    "any", "amax", "amin", "argmax", "argmin", "argsort", "average", "count_nonzero", "cumprod",
    "cumsum", "diff", "flip", "max", "mean", "median", "min", "nanargmax", "nanargmin",
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum",
    "nanvar", "prod", "ptp", "sort", "std", "sum", "trace", "trapezoid", "var", "diagonal",
    "reciprocal",
]  # fmt: skip
# Functions of two numbers, run for pairs of types.
BINARY = [
    "add", "allclose", "append", "arctan2", "bitwise_and", "bitwise_or", "bitwise_xor",
    "bitwise_left_shift", "left_shift", "bitwise_right_shift", "right_shift", "divide",
    "divide_no_nan", "equal", "floor_divide", "fmax", "fmin", "fmod", "gcd", "greater",
    "greater_equal", "heaviside", "hypot", "inner", "isclose", "isin", "kron", "lcm", "ldexp",
    "less", "less_equal", "logaddexp", "logaddexp2", "logical_and", "logical_or", "logical_xor",
    "maximum", "minimum", "mod", "multiply", "not_equal", "outer", "power", "subtract",
    "true_divide", "vdot", "dot",
]  # fmt: skip

REDUCED = [
    "all", "amax", "amin", "any", "max", "mean", "min", "nanmax", "nanmean", "nanmin",
    "nanprod", "nanstd", "nansum", "nanvar", "prod", "ptp", "std", "sum", "var", "median",
    "nanmedian",
]  # fmt: skip
ALONG = ["argmax", "argmin", "nanargmax", "nanargmin"]
METHODS = ["linear", "lower", "higher", "midpoint", "nearest"]

CASES = [
    *[(name, (x,), {"axis": axis, "keepdims": keep}) for name in REDUCED
      for x in (D, NAN) for axis in (None, 1, -1, (0, 2)) for keep in (False, True)],
    *[(name, (x,), {"axis": axis, "keepdims": keep}) for name in ALONG
      for x in (TIES, NAN) if x is TIES or name.startswith("nan")
      for axis in (None, 0, -1) for keep in (False, True)],
    *[(name, (x,), {"axis": axis}) for name in ("cumsum", "cumprod", "nancumsum", "nancumprod")
      for x in (D, NAN) for axis in (None, 0, -1)],
    *[(name, (A,), {"dtype": "float64", "axis": 0}) for name in ("nancumsum", "cumprod")],
    *[(name, (D, q), {"axis": axis, "keepdims": keep, "method": method})
      for name, q in (("quantile", 0.3), ("quantile", [0.1, 0.5, 1.0]), ("percentile", 30),
                      ("percentile", [25.0, 60.0]))
      for axis in (None, 1, (0, 2)) for keep in (False, True) for method in METHODS],
    *[(name, (NAN, q), {"axis": axis, "keepdims": keep, "method": method})
      for name, q in (("nanquantile", 0.3), ("nanpercentile", [25.0, 60.0]))
      for axis in (None, -1, (0, 2)) for keep in (False, True) for method in METHODS[:3]],
    ("quantile", (NAN, 0.3), {"axis": 1}), ("quantile", (W, 0.3), {}), ("percentile", (W, 30), {}),
    *[(name, (D,), {"axis": ()}) for name in ("sum", "mean", "var", "max", "any", "count_nonzero")],
    ("nanmean", (NAN,), {"axis": ()}), ("average", (A,), {"axis": ()}), ("zeros", (3,), {}),
    ("arange", (W[2, 0] * 0 + 4,), {}), ("arange", (np.int64(4),), {}),
    ("array", ([1, 2],), {}), ("array", ([1.5, 2],), {}), ("array", (A, "int32"), {}),
    ("array", (3,), {"dtype": "float64"}), ("empty", ((2, 3),), {}),
    ("empty", ((2,),), {"dtype": "int32"}), ("empty_like", (A,), {"dtype": "int32"}),
    ("identity", (3,), {}), ("identity", (2,), {"dtype": "int32"}),
    *[("tri", (n, m, k), {}) for n, m in ((3, None), (3, 5), (4, 2)) for k in (-5, -1, 0, 2, 6)],
    ("tri", (3,), {"dtype": "int32"}), ("eye", (3, 4), {"k": 1}), ("eye", (4, 3), {"k": -2}),
    *[(name, (x, k), {}) for name in ("tril", "triu") for x in (A, SQUARE, W, T)
      for k in (-2, 0, 1, 3)],
    *[("diag", (x, k), {}) for x in (V, A, W[0]) for k in (-1, 0, 2)],
    ("diagflat", (A, 1), {}), ("diagonal", (A, -5), {}),
    *[(name, (D,), {"offset": k, "axis1": one, "axis2": other}) for name in ("diagonal", "trace")
      for k in (-1, 0, 1) for one, other in ((0, 1), (1, 2), (0, -1))],
    *[(name, (*ends, n), {"endpoint": end}) for n in (1, 2, 7) for end in (True, False)
      for name, ends in (("linspace", (0.5, 4.0)), ("linspace", (1, 9)), ("logspace", (0, 3)),
        ("logspace", (0.5, 2.0)), ("geomspace", (1.0, 32.0)), ("geomspace", (-1, -8)))],
    ("linspace", (0, 10, 4), {"dtype": "int32"}), ("linspace", (A, B, 5), {"axis": 1}),
    ("linspace", (A, 2.0, 5), {"axis": -1}), ("linspace", (0.0, 1.0, 5), {"retstep": True}),
    ("linspace", (0.0, 1.0, 4), {"retstep": True, "endpoint": False, "dtype": "float64"}),
    ("logspace", (A, B, 5), {"axis": 1, "base": 2}), ("logspace", (0, 3, 4), {"dtype": "float64"}),
    ("geomspace", (P, P + 3, 4), {}), ("geomspace", (1, 1000, 4), {"dtype": "float64"}),
    ("meshgrid", (V, V[:3]), {}), ("meshgrid", (V, V[:3], V[:2]), {}),
    ("meshgrid", (V, V[:3]), {"indexing": "ij"}), ("meshgrid", (V,), {}),
    *[("vander", (x,), kwargs) for x in (V[:4], W[0], U[0]) for kwargs in
      ({}, {"N": 3}, {"increasing": True})],
    *[(name, (n,), {}) for name in ("bartlett", "blackman", "hamming", "hanning")
      for n in (1, 2, 7, 8)],
    *[("kaiser", (n, beta), {}) for n in (1, 8) for beta in (0.0, 5.0, 14.0)],
    ("append", (A, B), {"axis": 1}), ("append", (A, D), {}), ("append", (A, 2), {}),
    *[(name, ([A, B],), {}) for name in ("hstack", "vstack", "dstack")],
    *[(name, ([V, V[:7]],), {}) for name in ("hstack", "vstack", "dstack")],
    *[(name, ([D, D],), {}) for name in ("hstack", "vstack", "dstack")],
    *[(name, ([A, W],), {}) for name in ("hstack", "vstack", "dstack", "concatenate", "stack")],
    ("array_split", (V, 3), {}), ("array_split", (D, 3), {"axis": 2}),
    ("hsplit", (A, 2), {}), ("hsplit", (A, [1, 3]), {}), ("hsplit", (V, [2, 3]), {}),
    ("vsplit", (A, 3), {}), ("vsplit", (A, [1]), {}), ("dsplit", (D, 2), {}),
    ("dsplit", (D, [1, 3]), {}),
    *[(name, (x,), {"axis": axis}) for name in ("sort", "argsort") for x in (TIES, W, T, D)
      for axis in (None, 0, -1)],
    *[("searchsorted", (np.sort(V), A[0]), {"side": side}) for side in ("left", "right")],
    *[("searchsorted", (np.array([1, 2, 2, 4], "int32"), W[0]), {"side": side})
      for side in ("left", "right")],
    *[("digitize", (x, [-1, 0.5, 2, 4]), {}) for x in (A, W, U, D)], ("nonzero", (T,), {}),
    ("where", (T,), {}), ("where", (T, 1, 2.5), {}), ("where", (T, U, 1), {}),
    *[("unique", (x,), {"sorted": up, "return_index": True, "return_inverse": True,
       "return_counts": True, **kwargs}) for x in (TIES, W, U) for up in (True, False)
      for kwargs in ({}, {"size": 3}, {"size": 12, "fill_value": 7})],
    ("unique", (W,), {}), ("unique", (TIES,), {"return_counts": True}),
    *[("unique", (np.array([[2, 1], [0, 3], [2, 1]], "int32"),),
       {"axis": 0, "return_inverse": True, "return_index": True, **kwargs})
      for kwargs in ({}, {"size": 4}, {"sorted": False})],
    *[("average", (A,), kwargs) for kwargs in ({"weights": P}, {"axis": 1, "weights": P},
      {"axis": -1, "weights": V[:4] + 9}, {"axis": 0, "weights": V[:3] + 9}, {"axis": (0, 1)})],
    ("average", (W,), {"weights": J}), ("bincount", (U[0],), {}), ("bincount", (J,), {}),
    ("bincount", (J[0],), {"minlength": 9}), ("bincount", (J,), {"weights": P}),
    ("bincount", (J[0],), {"weights": W[0]}), ("corrcoef", (A,), {}), ("corrcoef", (W,), {}),
    *[("correlate", (x, y), {"mode": mode}) for x, y in ((V, V[:3]), (V, V[:4]), (W[0], J[0, :2]),
      (V, W[0])) for mode in ("valid", "same", "full")],
    ("histogram", (V,), {}), ("histogram", (V,), {"bins": 4}), ("histogram", (W[0],), {"bins": 3}),
    ("histogram", (V,), {"bins": 5, "range": (-0.5, 0.8)}),
    ("histogram", (D.reshape(-1),), {"bins": 6}), ("histogram", (TIES[0],), {"bins": 3}),
    *[("diff", (x,), {"n": n, "axis": axis}) for x in (D, W, T) for n in (0, 1, 2)
      for axis in (0, -1)],
    ("trapezoid", (A,), {"x": B}), ("trapezoid", (A,), {"dx": 0.5, "axis": 0}),
    ("trapezoid", (A,), {"x": V[:4]}), ("trapezoid", (A,), {"x": B, "axis": 0}),
    ("vdot", (A, B), {}), ("vdot", (W, J), {}), ("inner", (A, B), {}), ("inner", (V, V), {}),
    ("inner", (D, A), {}), ("inner", (A, 2.0), {}), ("kron", (A, V[:2]), {}), ("kron", (D, A), {}),
    ("cross", (A[:, :3], B[:, :3]), {}), ("cross", (A[:, :2], B[:, :3]), {}),
    ("cross", (A[:, :2], B[:, :2]), {}), ("cross", (D, D[::-1].copy()), {"axis": 1}),
    ("cross", (A[:, :3], B[:, :3]), {"axisa": 0, "axisc": 0}),
    ("cross", (W[0, :3], J[:, :3]), {}), ("slogdet", (SQUARE,), {}),
    ("select", ([T, W > 0], [A, B]), {}), ("select", ([T, W > 0], [A, B], 2.5), {}),
    ("select", ([T, W > 0], [W, J], -1), {}), ("select", ([T], [D[0]]), {"default": 1}),
    *[("get_item", (D, key), {}) for key in (
        0, -1, slice(1, None), (slice(None), 1), (Ellipsis, slice(0, 3, 2)), (None, 0),
        (slice(None), slice(None, None, -1)), (0, Ellipsis, slice(3, 0, -2)),
        (slice(None), None, slice(5, None, -1)))],
    ("unravel_index", (np.array([0, 5, 11, 7], "int32"), (3, 4)), {}),
    ("unravel_index", (np.array([23, 4]), (2, 3, 4)), {}),
    *[("rot90", (D,), {"k": k, "axes": axes}) for k in (-1, 0, 1, 3, 5)
      for axes in ((0, 1), (1, 2), (2, 0), (-1, 0))], ("rot90", (SQUARE, 2, (1, 2)), {}),
    *[(name, (ODD,), {}) for name in ("isposinf", "isneginf", "signbit", "nan_to_num", "trunc",
      "isreal", "sinc", "sign", "isfinite", "cbrt", "fabs")],
    ("nan_to_num", (ODD,), {"nan": 1.0, "posinf": 2.0, "neginf": -3.0}),
    *[(name, (ODD, ODD[::-1].copy()), {}) for name in ("fmax", "fmin", "heaviside",
      "divide_no_nan", "logaddexp2", "allclose")],
    ("isclose", (A, A + 1e-5), {"rtol": 1e-5, "atol": 1e-6}), ("allclose", (ODD, ODD), {}),
    ("allclose", (ODD, ODD), {"equal_nan": True}), ("hypot", (A * 0, A * (A > 0)), {}),
    ("isclose", (ODD[4:], ODD[4:]), {"equal_nan": True}), ("allclose", (A, A + 1e-9), {}),
    ("isin", (W, [1, 2, 5]), {}), ("isin", (W, J), {"invert": True, "assume_unique": True}),
    ("ldexp", (A, W), {}), ("ldexp", (ODD[:5], W[0, 0]), {}),
    *[(name, (C,), {}) for name in ("angle", "real", "imag", "conj", "conjugate", "isreal", "copy",
      "sum", "flipud", "transpose", "abs")],
    ("view", (A, "int32"), {}), ("view", (A, "uint8"), {}), ("view", (U, "int32"), {}),
    ("view", (D, "float32"), {}), ("view", (A, "float64"), {}),
    *[(name, (W, 2), {}) for name in ("left_shift", "right_shift", "bitwise_left_shift",
      "bitwise_right_shift", "bitwise_and", "gcd", "lcm")],
    *[("pad", (D, ((1, 2), (0, 1), (2, 0))), {"mode": mode})
      for mode in ("constant", "reflect", "symmetric")],
    ("pad", (A, 1), {}), ("pad", (A, (1, 2)), {}), ("pad", (D, [[1, 2]]), {"mode": "reflect"}),
    ("pad", (A, ((1, 2), (0, 1))), {"constant_values": 3}), ("prod", (U,), {"axis": 0}),
    ("einsum", ("ij,jk->ik", W, J.T), {}), ("einsum", ("ij,ij->", A, W), {}),
    ("arange", (1, 2.5), {}), ("arange", (5,), {"dtype": "float32"}), ("clip", (T, 0, 1), {}),
    ("matmul", (W, J.T), {}), ("matmul", (A, J.T), {}), ("tensordot", (W, J), {"axes": 2}),
    ("full_like", (W, 2.5), {}), ("full_like", (A, 2), {"dtype": "int32"}),
    ("full_like", (A, A[0]), {}),
    ("take", (A, [0, 2]), {"axis": 1}), ("take", (V, np.array(-1)), {"axis": 0}),
    ("repeat", (U, [1, 0, 2, 1]), {"axis": 1}),
    ("repeat", (A, [2]), {"axis": 0}), ("repeat", (A[0], [1, 0, 2, 1]), {}),
    ("repeat", (A, np.array([1, 2, 0])), {"axis": 0}),
    ("tile", (A, [2, 1, 2]), {}), ("round", (A * 10,), {"decimals": 1}),
    ("round", (W * 37,), {"decimals": -2}), ("logspace", (0, 2, 3), {"dtype": "int32"}),
    ("max", (T,), {}), ("min", (T,), {"axis": 0}), ("max", (W,), {"initial": 9}),
]  # fmt: skip
