"""`keras.ops`: functions of tensors under Keras's names, with its types of results.

All of them are here; the images are in `kerasish.ops.image`, as in Keras.
"""

# Names stand side by side: one on each line would be a thousand lines.
# fmt: off
# isort: off
from kerasish.activations import (
    celu, elu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_swish, hard_tanh, leaky_relu,
    log_sigmoid, log_softmax, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus,
    softsign, sparse_plus, sparse_sigmoid, sparsemax, squareplus, swish, tanh, tanh_shrink,
    threshold,
)
from kerasish.ops.attention import dot_product_attention
from kerasish.ops import image, linalg, nn, numpy
from kerasish.ops.image import resize
from kerasish.ops.bits import (
    bitwise_and, bitwise_invert, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift,
    bitwise_xor, gcd, lcm, ldexp, left_shift, nextafter, right_shift, signbit, view,
)
from kerasish.ops.blocks import depth_to_space, fold, space_to_depth, unfold
from kerasish.ops.building import (
    array, empty, empty_like, geomspace, identity, linspace, logspace, meshgrid, tri, vander,
)
from kerasish.ops.calculus import cross, diff, inner, kron, slogdet, trapezoid, vdot
from kerasish.ops.choosing import fliplr, flipud, get_item, ndim, rot90, select, unravel_index
from kerasish.ops.comparing import allclose, isclose, isin, isneginf, isposinf, isreal
from kerasish.ops.control_flow import (
    associative_scan, cond, custom_gradient, fori_loop, map, scan, switch, vectorized_map,
    while_loop,
)
from kerasish.ops.convolution import conv, conv_transpose, depthwise_conv, separable_conv
from kerasish.ops.ctc import ctc_decode, ctc_loss
from kerasish.ops.diagonals import diag, diagflat, diagonal, trace, tril, triu
from kerasish.ops.elementwise import (
    abs, absolute, add, arccos, arcsin, arctan, arctan2, arctanh, cast, ceil, clip, cos, cosh,
    divide, equal, erf, exp, expm1, floor, floor_divide, greater, greater_equal, isfinite, isinf,
    isnan, less, less_equal, log, log10, log1p, log2, logaddexp, logical_and, logical_not,
    logical_or, logical_xor, maximum, minimum, mod, multiply, negative, not_equal, power,
    reciprocal, round, rsqrt, sign, sin, sinh, sqrt, square, subtract, tan, true_divide, where,
)
from kerasish.ops.functions import (
    angle, arccosh, arcsinh, cbrt, conj, conjugate, copy, deg2rad, divide_no_nan, exp2, fabs, fmax,
    fmin, fmod, heaviside, hypot, i0, imag, logaddexp2, nan_to_num, rad2deg, real, sinc, trunc,
)
from kerasish.ops.indexing import (
    rearrange, saturate_cast, scatter, scatter_update, slice, slice_update,
)
from kerasish.ops.joining import (
    append, array_split, dsplit, dstack, hsplit, hstack, vsplit, vstack,
)
from kerasish.ops.linalg import (
    cholesky, cholesky_inverse, det, eig, eigh, inv, jvp, logdet, lstsq, lu_factor, matrix_rank,
    pinv, qr, solve, solve_triangular, svd,
)
from kerasish.ops.nan_reductions import (
    nanargmax, nanargmin, nancumprod, nancumsum, nanmax, nanmean, nanmin, nanprod, nanstd, nansum,
    nanvar,
)
from kerasish.ops.neural import (
    binary_crossentropy, categorical_crossentropy, gelu, in_top_k, multi_hot, normalize,
    sparse_categorical_crossentropy, top_k,
)
from kerasish.ops.normalization import (
    batch_normalization, layer_normalization, moments, rms_normalization,
)
from kerasish.ops.padding import pad
from kerasish.ops.pooling import adaptive_average_pool, adaptive_max_pool, average_pool, max_pool
from kerasish.ops.products import dot, einsum, matmul, outer, tensordot
from kerasish.ops.quantiles import (
    median, nanmedian, nanpercentile, nanquantile, percentile, quantile,
)
from kerasish.ops.rectifier import relu
from kerasish.ops.reductions import (
    all, any, argmax, argmin, count_nonzero, cumprod, cumsum, logsumexp, max, mean, min, norm,
    prod, std, sum, var,
)
from kerasish.ops.segments import segment_max, segment_min, segment_prod, segment_sum
from kerasish.ops.shapes import (
    arange, broadcast_to, concatenate, convert_to_numpy, convert_to_tensor, dtype, expand_dims,
    eye, flip, full, full_like, is_tensor, moveaxis, one_hot, ones, ones_like, ravel, repeat,
    reshape, roll, shape, size, split, squeeze, stack, stop_gradient, swapaxes, take,
    take_along_axis, tile, transpose, unstack, zeros, zeros_like,
)
from kerasish.ops.signals import (
    extract_sequences, fft, fft2, ifft2, irfft, istft, rfft, stft, view_as_complex, view_as_real,
)
from kerasish.ops.sorting import (
    argpartition, argsort, digitize, nonzero, searchsorted, sort, unique,
)
from kerasish.ops.special import cdist, erfc, erfinv, polar, psnr
from kerasish.ops.statistics import (
    amax, amin, average, bincount, corrcoef, correlate, histogram, ptp,
)
from kerasish.ops.vectorizing import vectorize
from kerasish.ops.windows import bartlett, blackman, hamming, hanning, kaiser

__all__ = [
    "abs", "absolute", "adaptive_average_pool", "adaptive_max_pool", "add", "all", "allclose",
    "amax", "amin", "angle", "any", "append", "arange", "arccos", "arccosh", "arcsin", "arcsinh",
    "arctan", "arctan2", "arctanh", "argmax", "argmin", "argpartition", "argsort", "array",
    "array_split", "associative_scan", "average", "average_pool", "bartlett", "batch_normalization",
    "binary_crossentropy", "bincount", "bitwise_and", "bitwise_invert", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "blackman", "broadcast_to",
    "cast", "categorical_crossentropy", "cbrt", "cdist", "ceil", "celu", "cholesky",
    "cholesky_inverse", "clip", "concatenate", "cond", "conj", "conjugate", "conv",
    "conv_transpose", "convert_to_numpy", "convert_to_tensor", "copy", "corrcoef", "correlate",
    "cos", "cosh", "count_nonzero", "cross", "ctc_decode", "ctc_loss", "cumprod", "cumsum",
    "custom_gradient", "deg2rad", "depth_to_space", "depthwise_conv", "det", "diag", "diagflat",
    "diagonal", "diff", "digitize", "divide", "divide_no_nan", "dot", "dot_product_attention",
    "dsplit", "dstack", "dtype", "eig", "eigh", "einsum", "elu", "empty", "empty_like", "equal",
    "erf", "erfc", "erfinv", "exp", "exp2", "expand_dims", "expm1", "extract_sequences", "eye",
    "fabs", "fft", "fft2", "flip", "fliplr", "flipud", "floor", "floor_divide", "fmax", "fmin",
    "fmod", "fold", "fori_loop", "full", "full_like", "gcd", "gelu", "geomspace", "get_item", "glu",
    "greater", "greater_equal", "hamming", "hanning", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "heaviside", "histogram", "hsplit", "hstack", "hypot", "i0",
    "identity", "ifft2", "imag", "image", "in_top_k", "inner", "inv", "irfft", "is_tensor",
    "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "istft",
    "jvp", "kaiser", "kron", "layer_normalization", "lcm", "ldexp", "leaky_relu", "left_shift",
    "less", "less_equal", "linalg", "linspace", "log", "log10", "log1p", "log2", "log_sigmoid",
    "log_softmax", "logaddexp", "logaddexp2", "logdet", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logspace", "logsumexp", "lstsq", "lu_factor", "map", "matmul", "matrix_rank",
    "max", "max_pool", "maximum", "mean", "median", "meshgrid", "min", "minimum", "mod", "moments",
    "moveaxis", "multi_hot", "multiply", "nan_to_num", "nanargmax", "nanargmin", "nancumprod",
    "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile", "nanprod",
    "nanquantile", "nanstd", "nansum", "nanvar", "ndim", "negative", "nextafter", "nn", "nonzero",
    "norm", "normalize", "not_equal", "numpy", "one_hot", "ones", "ones_like", "outer", "pad",
    "percentile", "pinv", "polar", "power", "prod", "psnr", "ptp", "qr", "quantile", "rad2deg",
    "ravel", "real", "rearrange", "reciprocal", "relu", "relu6", "repeat", "reshape", "resize",
    "rfft", "right_shift", "rms_normalization", "roll", "rot90", "round", "rsqrt", "saturate_cast",
    "scan", "scatter", "scatter_update", "searchsorted", "segment_max", "segment_min",
    "segment_prod", "segment_sum", "select", "selu", "separable_conv", "shape", "sigmoid", "sign",
    "signbit", "silu", "sin", "sinc", "sinh", "size", "slice", "slice_update", "slogdet",
    "soft_shrink", "softmax", "softplus", "softsign", "solve", "solve_triangular", "sort",
    "space_to_depth", "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "split", "sqrt", "square", "squareplus", "squeeze", "stack", "std", "stft",
    "stop_gradient", "subtract", "sum", "svd", "swapaxes", "swish", "switch", "take",
    "take_along_axis", "tan", "tanh", "tanh_shrink", "tensordot", "threshold", "tile", "top_k",
    "trace", "transpose", "trapezoid", "tri", "tril", "triu", "true_divide", "trunc", "unfold",
    "unique", "unravel_index", "unstack", "vander", "var", "vdot", "vectorize", "vectorized_map",
    "view", "view_as_complex", "view_as_real", "vsplit", "vstack", "where", "while_loop", "zeros",
    "zeros_like",
]
