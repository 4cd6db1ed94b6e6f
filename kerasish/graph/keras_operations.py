"""Keras's operations: where each has its class, how the class is called, what its call takes.

An operation's class takes for its configuration all arguments of the function but those of the
call, in the order of the function's signature. So the arguments of the call are all that is said
here, and those only where they are not the usual ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The names of `keras.ops`, by the module that Keras defines them in.
MODULES: dict[str, tuple[str, ...]] = {
    module: tuple(names.split())
    for module, names in {
        "numpy": """
            abs absolute add all allclose amax amin angle any append arange arccos arccosh arcsin
            arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort array array_split
            average bartlett bincount bitwise_and bitwise_invert bitwise_left_shift bitwise_not
            bitwise_or bitwise_right_shift bitwise_xor blackman broadcast_to cbrt ceil clip
            concatenate conj conjugate copy corrcoef correlate cos cosh count_nonzero cross cumprod
            cumsum deg2rad diag diagflat diagonal diff digitize divide divide_no_nan dot dsplit
            dstack einsum empty empty_like equal exp exp2 expand_dims expm1 eye fabs flip fliplr
            flipud floor floor_divide fmax fmin fmod full full_like gcd geomspace get_item greater
            greater_equal hamming hanning heaviside histogram hsplit hstack hypot i0 identity imag
            inner isclose isfinite isin isinf isnan isneginf isposinf isreal kaiser kron lcm ldexp
            left_shift less less_equal linspace log log10 log1p log2 logaddexp logaddexp2
            logical_and logical_not logical_or logical_xor logspace matmul max maximum mean median
            meshgrid min minimum mod moveaxis multiply nan_to_num nanargmax nanargmin nancumprod
            nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd
            nansum nanvar ndim negative nextafter nonzero not_equal ones ones_like outer pad
            percentile power prod ptp quantile rad2deg ravel real reciprocal repeat reshape
            right_shift roll rot90 round searchsorted select sign signbit sin sinc sinh size
            slogdet sort split sqrt square squeeze stack std subtract sum swapaxes take
            take_along_axis tan tanh tensordot tile trace transpose trapezoid tri tril triu
            true_divide trunc unique unravel_index vander var vdot vectorize view vsplit vstack
            where zeros zeros_like
        """,
        "nn": """
            adaptive_average_pool adaptive_max_pool average_pool batch_normalization
            binary_crossentropy categorical_crossentropy celu conv conv_transpose ctc_decode
            ctc_loss depth_to_space depthwise_conv dot_product_attention elu fold gelu glu
            hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh layer_normalization leaky_relu
            log_sigmoid log_softmax max_pool moments multi_hot normalize one_hot polar psnr relu
            relu6 rms_normalization selu separable_conv sigmoid silu soft_shrink softmax softplus
            softsign space_to_depth sparse_categorical_crossentropy sparse_plus sparse_sigmoid
            sparsemax squareplus swish tanh_shrink threshold unfold
        """,
        "math": """
            cdist erf erfc erfinv extract_sequences fft fft2 ifft2 in_top_k irfft istft logdet
            logsumexp rfft rsqrt segment_max segment_min segment_prod segment_sum stft top_k
            view_as_complex view_as_real
        """,
        "linalg": """
            cholesky cholesky_inverse det eig eigh inv jvp lstsq lu_factor matrix_rank norm pinv qr
            solve solve_triangular svd
        """,
        "image": """
            affine_transform crop_images elastic_transform extract_patches extract_patches_3d
            gaussian_blur hsv_to_rgb map_coordinates pad_images perspective_transform resize
            rgb_to_grayscale rgb_to_hsv scale_and_translate sobel_edges ssim
        """,
        "core": """
            associative_scan cast cond convert_to_numpy convert_to_tensor custom_gradient dtype
            fori_loop is_tensor map saturate_cast scan scatter scatter_update shape slice
            slice_update stop_gradient switch unstack vectorized_map while_loop
        """,
        "einops": "rearrange",
    }.items()
}
# Other names of one operation.
ALIASES = {
    "abs": "absolute",
    "conj": "conjugate",
    "hard_swish": "hard_silu",
    "swish": "silu",
    "extract_patches_3d": "extract_patches",
}
# Those that take no symbols, and those that take functions, which no file can hold.
WITHOUT_CLASS = _words(
    """
    bartlett blackman convert_to_numpy dtype empty eye hamming hanning identity is_tensor kaiser
    ones shape tri vectorize zeros
    associative_scan cond custom_gradient fori_loop jvp map scan switch vectorized_map while_loop
    """
)
# The arguments of the call that are usual.
_USUAL = _words("x x1 x2 xs y inputs images target output a b data values")
_CALLS: dict[str, tuple[str, ...]] = {
    name: tuple(arguments.split())
    for name, arguments in {
        "affine_transform": "images transform",
        "arange": "start stop step",
        "average": "x weights",
        "batch_normalization": "x mean variance offset scale",
        "conv": "inputs kernel",
        "conv_transpose": "inputs kernel",
        "ctc_decode": "inputs sequence_lengths",
        "ctc_loss": "target output target_length output_length",
        "depthwise_conv": "inputs kernel",
        "digitize": "x bins",
        "dot_product_attention": "query key value bias mask scale",
        "einsum": "operands",
        "full": "fill_value",
        "full_like": "x fill_value",
        "geomspace": "start stop",
        "get_item": "x key",
        "in_top_k": "targets predictions",
        "isclose": "x1 x2 rtol atol",
        "layer_normalization": "x gamma beta",
        "linspace": "start stop",
        "logspace": "start stop",
        "map_coordinates": "inputs coordinates",
        "nanpercentile": "x q",
        "nanquantile": "x q",
        "pad": "x constant_values",
        "percentile": "x q",
        "perspective_transform": "images start_points end_points",
        "polar": "abs_ angle",
        "quantile": "x q",
        "rearrange": "tensor pattern",
        "rms_normalization": "x scale",
        "rot90": "array",
        "scale_and_translate": "images output_shape scale translation",
        "scatter": "indices values",
        "scatter_update": "inputs indices updates",
        "searchsorted": "sorted_sequence values",
        "segment_max": "data segment_ids",
        "segment_min": "data segment_ids",
        "segment_prod": "data segment_ids",
        "segment_sum": "data segment_ids",
        "select": "condlist choicelist default",
        "separable_conv": "inputs depthwise_kernel pointwise_kernel",
        "slice": "inputs start_indices",
        "slice_update": "inputs start_indices updates",
        "squareplus": "x",
        "ssim": "image1 image2",
        "stop_gradient": "variable",
        "take": "x indices",
        "take_along_axis": "x indices",
        "trapezoid": "y",
        "unravel_index": "indices",
        "where": "condition x1 x2",
    }.items()
}
# Classes whose names are not those of the functions in camel case.
_CLASSES = {
    "allclose": "AllClose",
    "batch_normalization": "BatchNorm",
    "cdist": "CDist",
    "ctc_decode": "CTCDecode",
    "ctc_loss": "CTCLoss",
    "fft": "FFT",
    "fft2": "FFT2",
    "hsv_to_rgb": "HSVToRGB",
    "ifft2": "IFFT2",
    "irfft": "IRFFT",
    "isin": "IsIn",
    "istft": "ISTFT",
    "layer_normalization": "LayerNorm",
    "psnr": "PSNR",
    "rfft": "RFFT",
    "rgb_to_grayscale": "RGBToGrayscale",
    "rgb_to_hsv": "RGBToHSV",
    "rms_normalization": "RMSNorm",
    "searchsorted": "SearchSorted",
    "ssim": "SSIM",
    "stft": "STFT",
    "svd": "SVD",
}
# `keras.activations` has classes of its own for two functions, which `keras.ops` has not so.
_ACTIVATIONS = {"activations.relu": "ReLU", "activations.mish": "Mish"}


def class_of(operation: str) -> tuple[str, str] | None:
    """Return Keras's module and name of the class of an operation, or None for none.

    Args:
        operation: Name in `keras.ops`, or one of `_ACTIVATIONS`.
    """
    return _classes().get(ALIASES.get(operation, operation))


def operations_in(module: str) -> dict[str, str]:
    """Return the operations that have a class in one of Keras's modules, by the class's name."""
    return {name: operation for operation, (where, name) in _classes().items() if where == module}


def class_modules() -> list[str]:
    """Return Keras's modules with classes of operations."""
    return list(dict.fromkeys(module for module, _ in _classes().values()))


def call_arguments(operation: str, parameters: Iterable[str]) -> list[str]:
    """Return those of a function's parameters that are given to the call, in their order.

    Args:
        operation: Name in `keras.ops`.
        parameters: The names of all parameters.
    """
    usual = _CALLS.get(operation, _USUAL)
    return [name for name in parameters if name in usual]


@cache
def _classes() -> dict[str, tuple[str, str]]:
    found = {
        name: (f"keras.src.ops.{module}", _CLASSES.get(name, _camel_case(name)))
        for module, names in MODULES.items()
        for name in names
        if name not in ALIASES and name not in WITHOUT_CLASS
    }
    module = "keras.src.activations.activations"
    return {**found, **{name: (module, title) for name, title in _ACTIVATIONS.items()}}


def _camel_case(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
