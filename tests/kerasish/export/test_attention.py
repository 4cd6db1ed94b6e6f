"""Attention with and without projections, with masks of queries and values."""

import pytest

import kerasish
from kerasish import layers
from kerasish.layers.attention.attention import AdditiveAttention, Attention
from tests.kerasish.export.export_checker import check_export
from tests.kerasish.export.test_recurrent import sequences

CASES = [
    lambda: Attention(),
    lambda: Attention(use_scale=True),
    lambda: Attention(use_scale=True, score_mode="concat", dropout=0.5),
    lambda: AdditiveAttention(),
    lambda: AdditiveAttention(use_scale=False),
]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", [{}, {"use_causal_mask": True}], ids=str)
@pytest.mark.parametrize("make", CASES)
def test_attention(make, options, masked, tmp_path):
    starts = [kerasish.Input((None, 4)), kerasish.Input((None, 4))]
    query, value = (layers.Masking()(s) if masked else s for s in starts)
    outputs = make()([query, value], return_attention_scores=True, **options)
    attended = make()([query, value, layers.Dense(4)(value)], **options)
    final = layers.LSTM(3, return_sequences=True)(attended)
    model = kerasish.Model(starts, [*outputs, attended, final])
    values = sequences()
    check_export(model, tmp_path, inputs=[values, values[::-1, :5].copy()])


PROJECTED = [
    lambda **k: layers.MultiHeadAttention(2, 3, value_dim=4, output_shape=5, **k),
    lambda **k: layers.GroupQueryAttention(3, 4, 2, **k),
]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("make", PROJECTED)
def test_projected_attention(make, masked, tmp_path):
    starts = [kerasish.Input((None, 4)), kerasish.Input((None, 4))]
    query, value = (layers.Masking()(s) if masked else s for s in starts)
    outputs = [
        make(use_gate=True)(query, value),
        make(sliding_window=2, use_bias=False)(query, value, use_causal_mask=True),
        *make(dropout=0.5)(query, value, layers.Dense(4)(value), return_attention_scores=True),
    ]
    model = kerasish.Model(starts, outputs)
    values = sequences()
    check_export(model, tmp_path, inputs=[values, values[::-1, :5].copy()])


@pytest.mark.parametrize("axes", [1, 2, None])
def test_attention_along_axes(axes, tmp_path):
    inputs = kerasish.Input((3, None, 4))
    outputs = layers.MultiHeadAttention(2, 3, attention_axes=axes, use_gate=True)(inputs, inputs)
    check_export(kerasish.Model(inputs, outputs), tmp_path)
