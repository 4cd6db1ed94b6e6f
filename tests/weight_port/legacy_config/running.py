"""A model of tf-keras, and the one made here from its configuration, side by side."""

import json

import numpy as np
import tf_keras
import torch

from kerasish.saving import deserialize_keras_object
from tests.golden.architectures import make_inputs, randomize
from tests.golden.writing import reset
from weight_port.legacy_config import modernize


def configs_of(model, folder):
    """The configuration of a model in all three forms that tf-keras writes, with its version."""
    import zipfile

    import h5py

    model.save(folder / "model.h5", save_format="h5")
    with h5py.File(folder / "model.h5") as file:
        in_h5 = json.loads(file.attrs["model_config"])
    model.save(folder / "model.keras", save_format="keras")
    with zipfile.ZipFile(folder / "model.keras") as archive:
        in_archive = json.loads(archive.read("config.json"))
    return {"json": json.loads(model.to_json()), "h5": in_h5, "keras": in_archive}


def built(config, keras_version=tf_keras.__version__):
    return deserialize_keras_object(modernize(config, keras_version))


def outputs_of(model, inputs):
    given = [torch.as_tensor(one) for one in inputs]
    outputs = model(given if len(given) > 1 else given[0])
    return [one.detach().numpy() for one in listed(outputs)]


def listed(outputs):
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def expected_outputs(model, inputs):
    return [one.numpy() for one in listed(model(inputs if len(inputs) > 1 else inputs[0]))]


def assert_close(ours, theirs, tolerance=1e-5):
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == other.dtype
        scale = max(1.0, float(np.abs(other).max(initial=0)))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale)


def check_same(theirs, config, keras_version=tf_keras.__version__, seed=3):
    """The model made from a configuration has tf-keras's weights, and computes the same."""
    randomize(theirs, seed)
    inputs = make_inputs(theirs, seed)
    reset(theirs)
    expected = expected_outputs(theirs, inputs)
    ours = built(config, keras_version)
    weights = theirs.get_weights()
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in weights]
    ours.set_weights(weights)
    assert_close(outputs_of(ours, inputs), expected)
    return ours
