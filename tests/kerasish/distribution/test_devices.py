"""Devices are named as Keras names them."""

import keras
import pytest

from kerasish import distribution


@pytest.mark.parametrize("kind", [None, "cpu", "CPU", "gpu"])
def test_without_an_accelerator(kind, monkeypatch):
    monkeypatch.setattr("torch.accelerator.is_available", lambda: False)
    assert distribution.list_devices(kind) == keras.distribution.list_devices(kind)
    assert distribution.get_device_count(kind) == len(keras.distribution.list_devices(kind))


def test_with_two(monkeypatch):
    monkeypatch.setattr("torch.accelerator.is_available", lambda: True)
    monkeypatch.setattr("torch.accelerator.device_count", lambda: 2)
    assert distribution.list_devices() == ["gpu:0", "gpu:1"]
    assert distribution.list_devices("cpu") == ["cpu:0"]
    assert distribution.get_device_count("tpu") == 0


def test_another_kind():
    with pytest.raises(ValueError, match="Received: 'xpu'"):
        distribution.list_devices("xpu")
