"""The same model in real Keras and here: weights, outputs, names and configurations compared."""

import json
import warnings

import keras
import numpy as np
import tensorflow as tf
import torch

import kerasish


def build_both(make, *, seed=0):
    """Make a model in both libraries, with the same random weights.

    Args:
        make: Function of a namespace, `keras` or `kerasish`, that returns a built model, or a
            tuple that starts with one.
        seed: Seed of the weights.

    Returns:
        The pair of what `make` returned: Keras's, and ours.
    """
    made = []
    for namespace in (keras, kerasish):
        namespace.utils.clear_session()
        with warnings.catch_warnings():
            # Keras warns of what these tests do on purpose, such as input_shape= in a layer.
            warnings.simplefilter("ignore")
            made.append(make(namespace))
    theirs, ours = (one[0] if isinstance(one, tuple) else one for one in made)
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    weights = random_weights(theirs, seed)
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return tuple(made)


def random_weights(model, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 0.6, w.shape).astype(str(w.dtype)) for w in model.weights]


def to_numpy(value):
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def skeleton(structure):
    """A structure with shapes and dtypes in place of arrays."""
    if isinstance(structure, dict):
        return {key: skeleton(item) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(skeleton(item) for item in structure)
    return tuple(structure.shape), str(to_numpy(structure).dtype)


def assert_same(ours, theirs, what="output"):
    """Compare outputs: their structure, shapes, dtypes and values."""
    assert skeleton(ours) == skeleton(theirs), what
    for one, other in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
        one, other = to_numpy(one), to_numpy(other)
        tolerance = 1e-10 if other.dtype == np.float64 else 1e-5
        scale = max(1.0, float(np.max(np.abs(other), initial=0)))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale, err_msg=what)


def check_names(ours, theirs):
    """Names of the model, its layers and its weights."""
    assert ours.name == theirs.name
    assert [one.name for one in ours.layers] == [one.name for one in theirs.layers]
    assert [type(one).__name__ for one in ours.layers] == [
        type(one).__name__ for one in theirs.layers
    ]
    for kind in ("weights", "trainable_weights", "non_trainable_weights"):
        pairs = [[(w.name, tuple(w.shape)) for w in getattr(one, kind)] for one in (ours, theirs)]
        assert pairs[0] == pairs[1], kind
    assert ours.count_params() == theirs.count_params()


def check_predictions(ours, theirs, x):
    """A call, a call in training mode and `predict` give what Keras gives."""
    tensors = tf.nest.map_structure(torch.as_tensor, x)
    assert_same(ours(tensors), theirs(x), "call")
    assert_same(ours.predict(x, verbose=0), listed(theirs.predict(x, verbose=0)), "predict")


def listed(outputs):
    """Several outputs as `predict` gives them here: in a list, also where Keras has a tuple."""
    return list(outputs) if isinstance(outputs, tuple) else outputs


def check_config(ours, theirs, x, custom_objects=None):
    """Configurations equal Keras's, and each library makes the model from the other's."""
    # Where there are masks, Keras writes the steps that compute them.
    if "NotEqual" not in theirs.to_json():
        assert as_json(ours) == as_json(theirs)
    weights = theirs.get_weights()
    for text in (theirs.to_json(), ours.to_json()):
        one = keras.models.model_from_json(text, (custom_objects or {}).get(keras))
        other = kerasish.models.model_from_json(text, (custom_objects or {}).get(kerasish))
        one.set_weights(weights)
        other.set_weights(weights)
        check_names(other, one)
        tensors = tf.nest.map_structure(torch.as_tensor, x)
        assert_same(other(tensors), one(x), "read from a configuration")


def as_json(model):
    return without_defaults(json.loads(model.to_json()))


def without_defaults(value):
    """A configuration without arguments of calls that Keras writes though nobody gave them."""
    if isinstance(value, dict):
        kept = {
            k: without_defaults(v)
            for k, v in value.items()
            if k != "compile_config" and (k, v) != ("seed", None)
        }
        if "kwargs" in kept and "args" in kept:
            defaults = {"training": False, "mask": None}
            kept["kwargs"] = {
                key: item
                for key, item in kept["kwargs"].items()
                if key not in defaults or item != defaults[key]
            }
        return kept
    return [without_defaults(item) for item in value] if isinstance(value, list) else value


def check_model(make, x, *, config=True, names=True):
    """Run all comparisons for one model.

    Args:
        make: Function of a namespace that returns a built model.
        x: Inputs as NumPy arrays, in the structure of the model's inputs.
        config: Whether configurations are compared.
        names: Whether names are compared.

    Returns:
        The pair of models: Keras's, and ours.
    """
    theirs, ours = build_both(make)
    if names:
        check_names(ours, theirs)
    check_predictions(ours, theirs, x)
    if config:
        check_config(ours, theirs, x)
    return theirs, ours
