"""Files: complete or not there, large ones in two, and a check that can fail."""

import numpy as np
import onnx
import pytest

import kerasish
from kerasish import layers
from kerasish.export import ExportError, check_onnx, export_onnx
from kerasish.export.onnx import writing
from tests.kerasish.export.export_checker import randomize


def small_model(layer=None):
    model = kerasish.Sequential([kerasish.Input((None, 4)), layer or layers.LSTM(8)])
    randomize(model)
    return model


def test_a_failed_export_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")

    def fail(*args, **kwargs):
        raise onnx.checker.ValidationError("wrong")

    monkeypatch.setattr(onnx.checker, "check_model", fail)
    with pytest.raises(onnx.checker.ValidationError, match="wrong"):
        export_onnx(small_model(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_large_weights_lie_in_a_second_file(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "LARGEST_SINGLE_FILE", 1000)
    path = tmp_path / "model.onnx"
    model = small_model(layers.Bidirectional(layers.LSTM(30)))
    export_onnx(model, path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.onnx", "model.onnx.data"]
    check_onnx(model, path)
    proto = onnx.load(path, load_external_data=False)
    outside = [one for one in proto.graph.initializer if one.external_data]
    assert len(outside) == 3
    assert len({entry.value for one in outside for entry in one.external_data}) > 3
    assert path.stat().st_size < 8000


def test_weights_are_raw_bytes(tmp_path):
    export_onnx(small_model(), tmp_path / "model.onnx")
    initializers = onnx.load(tmp_path / "model.onnx").graph.initializer
    assert all(one.raw_data for one in initializers)


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        export_onnx(small_model(), tmp_path / "missing" / "model.onnx")


@pytest.mark.parametrize("change", ["kernel", "recurrent_kernel", "bias"])
def test_the_check_sees_a_changed_weight(change, tmp_path):
    path = tmp_path / "model.onnx"
    model = small_model()
    export_onnx(model, path)
    check_onnx(model, path)
    weight = getattr(model.layers[0], change)
    weight.assign(weight.value * 1.01)
    with pytest.raises(ExportError, match=r"Output 'lstm.*' of the ONNX file differs.*Received"):
        check_onnx(model, path)


def test_the_check_sees_another_shape(tmp_path):
    path = tmp_path / "model.onnx"
    export_onnx(small_model(layers.LSTM(8)), path)
    with pytest.raises(ExportError, match=r"has another shape than the model's.*Received"):
        check_onnx(small_model(layers.LSTM(7)), path)


def test_the_check_sees_what_masks_do(tmp_path):
    """Random inputs hold masked steps, so a file without the mask is found out."""
    path = tmp_path / "model.onnx"
    rng = np.random.default_rng(0)
    masked = kerasish.Sequential([kerasish.Input((None, 4)), layers.Masking(-1.0), layers.LSTM(8)])
    masked.set_weights([rng.normal(size=w.shape) for w in masked.weights])
    plain = kerasish.Sequential([kerasish.Input((None, 4)), layers.LSTM(8)])
    plain.set_weights(masked.get_weights())
    export_onnx(plain, path)
    with pytest.raises(ExportError, match="differs"):
        check_onnx(masked, path)


def test_the_check_returns_differences(tmp_path):
    path = tmp_path / "model.onnx"
    model = small_model()
    export_onnx(model, path)
    (difference,) = check_onnx(model, path).values()
    assert 0 <= difference < 1e-5
    inputs = np.zeros((2, 3, 4), "float32")
    assert list(check_onnx(model, path, inputs)) == [model.layers[-1].name]
