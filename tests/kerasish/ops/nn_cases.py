"""Calls of `keras.ops.nn`, besides the activations and cross entropies of test_operations.py."""

import numpy as np

NOISE = np.random.default_rng(23)


def normal(*shape):
    return NOISE.normal(size=shape)


SPACES = {1: normal(2, 9, 4), 2: normal(2, 7, 6, 4), 3: normal(2, 5, 4, 6, 4)}
# TensorFlow pools volumes in float32 alone.
POOLED = {**SPACES, 3: SPACES[3].astype("float32")}
KERNELS = {1: normal(3, 4, 6), 2: normal(3, 2, 4, 6), 3: normal(2, 3, 2, 4, 6)}
FIRST = {rank: np.moveaxis(x, -1, 1).copy() for rank, x in SPACES.items()}
GROUPED = normal(3, 2, 2, 6)
DEPTHWISE = {1: normal(3, 4, 2), 2: normal(3, 2, 4, 2)}
POINTWISE = {1: normal(1, 8, 5), 2: normal(1, 1, 8, 5)}
FULL = {"strides": 2, "padding": "same"}
SPACED = {"dilation_rate": 2, "padding": "same"}
FIRSTS = {"data_format": "channels_first"}
DOWN = normal(2, 4, 4, 12)
COLUMNS = normal(2, 12, 6)
X = normal(3, 5, 4)
STATISTICS = normal(4), NOISE.uniform(0.5, 2, 4)
Q, K, V = normal(2, 5, 4, 3), normal(2, 6, 4, 3), normal(2, 6, 4, 3)
SHARED = normal(2, 6, 2, 3)
PAIRS = NOISE.random((2, 1, 5, 6)) < 0.6
PAIRS[0, 0, 2] = False
BIAS = normal(2, 4, 5, 6)
LABELS = np.array([[1, 2, 2, 0], [3, 1, 0, 0], [2, 0, 0, 0]], "int32")
LOGITS = normal(3, 7, 5).astype("float32") * 3
COUNTS, STEPS = np.array([3, 2, 1], "int32"), np.array([7, 5, 6], "int32")
LINE = np.array([-2.0, -1.0, -0.5, -0.2, 0.0, 0.3, 0.5, 1.0, 1.7])

CASES = [
    *[("conv", (SPACES[rank], KERNELS[rank]), options)
      for rank in (1, 2, 3) for options in ({}, {"padding": "same"}, FULL, {"strides": 2})],
    ("conv", (SPACES[2], KERNELS[2]), SPACED), ("conv", (SPACES[1], KERNELS[1]), SPACED),
    ("conv", (SPACES[2].astype("float32"), KERNELS[2].astype("float32")), {}),
    *[("conv_transpose", (SPACES[rank], KERNELS[rank].swapaxes(-1, -2)[..., :4].copy()), options)
      for rank in (1, 2, 3) for options in (
          {}, {"padding": "same"}, FULL, {"strides": 2}, {"strides": 2, "output_padding": 1},
          {**FULL, "output_padding": 0})
      # TensorFlow refuses its own output's size for these kernels of even size.
      if not (rank > 1 and options.get("output_padding") == 0)],
    ("conv_transpose", (SPACES[2], KERNELS[2].swapaxes(-1, -2)[..., :4].copy()),
     {"strides": (2, 3), "padding": "same"}),
    *[(name, (SPACES[rank], *kernels), options) for rank in (1, 2)
      for name, kernels in (("depthwise_conv", (DEPTHWISE[rank],)),
                            ("separable_conv", (DEPTHWISE[rank], POINTWISE[rank])))
      for options in ({}, FULL, SPACED, {**FULL, "dilation_rate": 2})],
    ("depthwise_conv", (FIRST[2], DEPTHWISE[2]), {**FIRSTS, **FULL}),
    *[(name, (POOLED[rank], size), options) for name in ("max_pool", "average_pool")
      for rank, size in ((1, 3), (2, (3, 2)), (3, 2))
      for options in ({}, {"strides": 2, "padding": "same"}, {"strides": 1})],
    ("average_pool", (FIRST[2], 2), {**FIRSTS, "padding": "same"}),
    ("max_pool", (np.round(SPACES[2] * 9).astype("int32"), 2), {"padding": "same"}),
    *[(name, (POOLED[rank], size), {}) for name in ("adaptive_max_pool", "adaptive_average_pool")
      for rank, size in ((1, 4), (2, (3, 5)), (3, 2))],
    ("adaptive_average_pool", (FIRST[2], 3), FIRSTS),
    *[(name, (DOWN, 2), options) for name in ("depth_to_space", "space_to_depth")
      for options in ({}, FIRSTS)],
    ("unfold", (DOWN, 2), {}), ("unfold", (DOWN, (3, 2)), {"padding": 1, "stride": (2, 3)}),
    ("unfold", (DOWN, 3), {"dilation": (1, 2)}),
    ("fold", (COLUMNS, (3, 4), (1, 2)), {"stride": (1, 2)}, {"gradients": False}),
    ("moments", (X, 1), {}), ("moments", (X, (0, -1)), {"keepdims": True}),
    ("moments", (X.astype("float16"), [0]), {"synchronized": True}, {"gradients": False}),
    ("batch_normalization", (X, *STATISTICS, -1), {}),
    ("batch_normalization", (X[..., :2, :], *STATISTICS, 2), {"offset": STATISTICS[0]}),
    ("batch_normalization", (X.swapaxes(1, 2).copy(), *STATISTICS, 1),
     {"offset": STATISTICS[0], "scale": STATISTICS[1], "epsilon": 0.1}),
    ("layer_normalization", (X,), {}), ("layer_normalization", (X, *STATISTICS), {"epsilon": 0.1}),
    ("layer_normalization", (X, X[0], X[1]), {"axis": (1, 2)}),
    ("layer_normalization", (X, X[0, :, 0], X[1, :, 0]), {"axis": 1}),
    ("layer_normalization", (X, STATISTICS[0]), {"axis": -1}),
    ("layer_normalization", (X.astype("float16"),), {"axis": -2}, {"gradients": False}),
    ("rms_normalization", (X,), {}), ("rms_normalization", (X, STATISTICS[0]), {"epsilon": 0.1}),
    ("rms_normalization", (X, X[0]), {"axis": (1, 2)}), ("rms_normalization", (X,), {"axis": 1}),
    ("dot_product_attention", (Q, K, V), {}), ("dot_product_attention", (Q, SHARED, SHARED), {}),
    ("dot_product_attention", (Q, K, V), {"bias": BIAS, "scale": 0.3}),
    ("dot_product_attention", (Q, K, V), {"mask": PAIRS}),
    ("dot_product_attention", (Q, K, V), {"mask": PAIRS, "bias": BIAS, "is_causal": True}),
    ("dot_product_attention", (Q, K, V), {"is_causal": True}),
    ("ctc_loss", (LABELS, LOGITS, COUNTS, STEPS), {}),
    ("ctc_loss", (LABELS + 1, LOGITS, COUNTS, STEPS), {"mask_index": 0}),
    ("ctc_loss", (LABELS, LOGITS, COUNTS, STEPS), {"mask_index": 4}),
    *[("ctc_decode", (LOGITS, STEPS), {"merge_repeated": merge, "mask_index": blank},
       {"gradients": False}) for merge in (False, True) for blank in (0, 2, 4)],
    *[("ctc_decode", (LOGITS / 3, STEPS), {"strategy": "beam_search", "mask_index": blank,
                                        "beam_width": width, "top_paths": 3},
       {"gradients": False}) for width in (4, 100) for blank in (0, 2, 4)],
    ("multi_hot", (LABELS, 5), {}), ("multi_hot", (LABELS[0],), {"num_classes": 3}),
    ("multi_hot", (LABELS, 4), {"axis": 0, "dtype": "int32"}), ("multi_hot", (LABELS, 4, 1), {}),
    *[(name, (LINE,), {}) for name in (
        "hard_shrink", "soft_shrink", "tanh_shrink", "hard_swish", "swish", "sparse_plus",
        "sparse_sigmoid", "squareplus", "sparsemax")],
    ("hard_shrink", (LINE, 0.2), {}), ("soft_shrink", (LINE, 0.2), {}),
    ("threshold", (LINE, 0.3, -7.0), {}), ("squareplus", (LINE, 1), {}),
    ("sparsemax", (X,), {"axis": 1}), ("glu", (X,), {}), ("glu", (DOWN,), {"axis": 1}),
    ("one_hot", (LABELS, 3), {"axis": 0}), ("logsumexp", (X,), {"axis": (0, 1)}),
]  # fmt: skip
