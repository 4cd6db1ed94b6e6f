"""Calls of operations on symbols, for models that are saved: those of the other tests, and more."""

import numpy as np

from kerasish.graph.keras_operations import class_of
from tests.kerasish.ops import image_cases, linalg_cases, nn_cases
from tests.kerasish.ops.numpy_cases import SQUARE, A, B, D, J, P, T, V, W
from tests.kerasish.ops.test_numpy_names import NAMES
from tests.kerasish.ops.test_numpy_symbols import OWN_SHAPES, first_case

I = np.array([2, 0, 1], "int32")  # noqa: E741
PICTURES = D[:1].repeat(2, 0)[:, :, :, None].repeat(3, -1)
KERNEL = SQUARE[0, :3, None].repeat(4, 1)

# How many values there are decides the shape, or there is no step of a model at all; `dot` and
# `vsplit` compare an unknown size with one that is known.
LEFT_OUT = {"bincount", "dot", "ndim", "nonzero", "unique", "vsplit", "arange"}
MORE = [
    ("argpartition", (A, 2), {}),
    ("concatenate", ([A, B],), {"axis": -1}),
    ("einsum", ("ij,ij->i", A, B), {}),
    ("expand_dims", (A, (1, -1)), {}),
    ("full_like", (A, 3), {"dtype": "int32"}),
    ("moveaxis", (D, (1, 2), (2, 1)), {}),
    ("reshape", (D, (-1, 2, 6)), {}),
    ("roll", (A, 2), {"axis": 1}),
    ("searchsorted", (np.sort(V), np.sort(A[0])), {"side": "right"}),
    ("split", (A, [1, 3]), {"axis": 1}),
    ("split", (A, 2), {"axis": -1}),
    ("stack", ([A, B],), {"axis": 1}),
    ("swapaxes", (D, 1, -1), {}),
    ("take_along_axis", (A, J - 2), {"axis": 1}),
    ("take", (D, [[0, 1]]), {"axis": 2}),
    ("vander", (V, 3), {"increasing": True}),
    ("get_item", (D, (slice(None), -1, None, slice(0, 4, 2))), {}),
    ("get_item", (D, (Ellipsis, 0)), {}),
    ("where", (T, A, 0.5), {}),
    ("where", (T, A, B), {}),
    ("clip", (A, -0.5, 0.5), {}),
    ("pad", (A, [[0, 0], [1, 2]]), {"constant_values": 2.0}),
    ("pad", (A, ((0, 0), (1, 2))), {"mode": "reflect"}),
    ("add", (A, np.float32(2)), {}),
    ("add", (A, B[0]), {}),
    ("add", (A, W), {}),
    ("multiply", (W, 0.5), {}),
    ("power", (P, W), {}),
    ("mean", (D,), {"axis": (1, -1), "keepdims": True}),
    ("max", (A,), {"axis": 1, "initial": 0.5}),
    ("quantile", (A, 0.3), {"axis": 1, "keepdims": True}),
    ("transpose", (D,), {"axes": (0, 2, 1)}),
    ("tensordot", (D, A), {"axes": [[2], [1]]}),
    *[(name, (A,), {}) for name in (
        "relu", "relu6", "sigmoid", "silu", "swish", "hard_swish", "softplus", "softsign", "selu",
        "hard_sigmoid", "hard_silu", "hard_tanh", "log_sigmoid", "softmax", "log_softmax",
        "sparsemax", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink", "glu", "elu",
        "celu", "gelu", "leaky_relu", "soft_shrink", "hard_shrink", "logsumexp", "erf",
        "stop_gradient", "normalize",
    )],
    ("leaky_relu", (A,), {"negative_slope": 0.3}),
    ("elu", (A,), {"alpha": 0.4}),
    ("gelu", (A,), {"approximate": False}),
    ("threshold", (A, 0.2, -3.0), {}),
    ("unstack", (A,), {"axis": 1}),
    ("cast", (A, "int32"), {}),
    ("saturate_cast", (A, "uint8"), {}),
    ("one_hot", (I, 4), {}),
    ("multi_hot", (J, 7), {}),
    ("top_k", (A, 2), {}),
    ("in_top_k", (I, A, 2), {}),
    ("moments", (D, [1]), {"keepdims": True}),
    ("rsqrt", (P,), {}),
    ("binary_crossentropy", (P, P[::-1].copy()), {}),
    ("categorical_crossentropy", (P, A), {"from_logits": True}),
    ("sparse_categorical_crossentropy", (I, A), {"from_logits": True}),
    ("norm", (A,), {"ord": 1, "axis": 1}),
    ("conv", (D.astype("float32"), KERNEL), {"strides": 2, "padding": "same"}),
    ("average_pool", (D, 2), {"strides": 1}),
    ("max_pool", (D, 2), {"padding": "same"}),
    ("batch_normalization", (A, B[0], P[0], -1), {"offset": A[1], "scale": A[2]}),
    ("layer_normalization", (A,), {"gamma": B[0]}),
    ("rms_normalization", (A, B[0]), {}),
    ("dot_product_attention", (D[None], D[None], D[None]), {"is_causal": True}),
    ("rearrange", (D, "b t f -> b (t f)"), {}),
    ("image.resize", (PICTURES, (5, 2)), {}),
    ("image.rgb_to_grayscale", (PICTURES,), {}),
    ("image.pad_images", (PICTURES, 1, 2), {"target_height": 5, "target_width": 9}),
]  # fmt: skip


def saved_cases():
    """Return (name, arguments, arguments by name) for the operations that have a class."""
    found = [
        (name, *(OWN_SHAPES[name][:2] if name in OWN_SHAPES else first_case(name)))
        for name in NAMES
        if name in OWN_SHAPES or first_case(name) is not None
    ]
    others = [*linalg_cases.CASES, *nn_cases.CASES, *image_cases.CASES]
    first = {case[0]: case[:3] for case in reversed(others)}
    found += [*first.values(), *MORE]
    return [
        case
        for case in found
        if class_of(case[0].rpartition(".")[2]) is not None
        and case[0] not in LEFT_OUT
        # How many values there are decides the shape.
        and (case[0], len(case[1])) != ("where", 1)
    ]
