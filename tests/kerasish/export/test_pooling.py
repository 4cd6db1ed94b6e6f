"""Pooling layers, of open and of fixed sizes."""

import pytest

import kerasish
from kerasish import layers
from kerasish.export import ExportError, export_onnx
from kerasish.layers.pooling import adaptive, whole, windows
from tests.kerasish.export.export_checker import check_export
from tests.kerasish.export.test_recurrent import sequences

SHAPES = {1: (None, 3), 2: (None, 8, 3), 3: (5, 6, 7, 3)}
FIRST = {1: (3, None), 2: (3, None, 8), 3: (3, 5, 6, 7)}


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pool_size": 3, "strides": 2, "padding": "same"},
        {"pool_size": 2, "strides": 3, "padding": "same"},
        {"pool_size": 3, "strides": 1, "padding": "same"},
        {"pool_size": 3, "strides": 1},
        {"data_format": "channels_first", "padding": "same"},
    ],
    ids=str,
)
def test_windows(rank, kind, options, tmp_path):
    layer = getattr(windows, f"{kind}Pooling{rank}D")(**{"pool_size": 2, **options})
    shape = (FIRST if "data_format" in options else SHAPES)[rank]
    start = kerasish.Input(shape)
    model = kerasish.Model(start, layer(start))
    if layer.strides > layer.pool_size and None in shape and layer.padding == "same":
        with pytest.raises(ExportError, match=r"beyond the windows.*known size.*Received"):
            export_onnx(model, tmp_path / "model.onnx")
        shape = tuple(9 if size is None else size for size in shape)
        start = kerasish.Input(shape)
        model = kerasish.Model(start, layer(start))
    check_export(model, tmp_path)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize("options", [{}, {"keepdims": True}, {"data_format": "channels_first"}])
def test_whole_of_space(rank, kind, options, tmp_path):
    layer = getattr(whole, f"Global{kind}Pooling{rank}D")(**options)
    start = kerasish.Input((FIRST if "data_format" in options else SHAPES)[rank])
    check_export(kerasish.Model(start, layer(start)), tmp_path)


@pytest.mark.parametrize("keepdims", [False, True])
def test_masked_steps_do_not_count(keepdims, tmp_path):
    start = kerasish.Input((None, 4))
    layer = whole.GlobalAveragePooling1D(keepdims=keepdims)
    model = kerasish.Model(start, layer(layers.Masking()(start)))
    # The last row is masked whole: Keras gives NaN there, and so does the file.
    check_export(model, tmp_path, inputs=sequences())


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
def test_adaptive_windows(rank, kind, tmp_path):
    for data_format in ("channels_last", "channels_first"):
        space = (5, 6, 7)[:rank]
        layer = getattr(adaptive, f"Adaptive{kind}Pooling{rank}D")(
            (3, 6, 1)[:rank], data_format=data_format
        )
        shape = (*space, 2) if data_format == "channels_last" else (2, *space)
        start = kerasish.Input(shape)
        check_export(kerasish.Model(start, layer(start)), tmp_path)


def test_adaptive_windows_need_a_known_size(tmp_path):
    start = kerasish.Input((None, 4))
    model = kerasish.Model(start, adaptive.AdaptiveMaxPooling1D(3, name="mine")(start))
    with pytest.raises(ExportError, match=r"Layer 'mine' \(Adaptive.*known size.*Received"):
        export_onnx(model, tmp_path / "model.onnx")
