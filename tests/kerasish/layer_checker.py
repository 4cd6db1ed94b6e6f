"""One check for every layer: the same layer in real Keras and here, on random weights and inputs.

It compares outputs, masks, gradients with respect to inputs and to every weight in Keras's layout,
symbolic shapes, configurations, and copies.
"""

import copy
import pickle

import keras
import numpy as np
import tensorflow as tf
import torch

import kerasish

TOLERANCES = {"float32": (1e-5, 2e-6), "float64": (1e-10, 1e-11)}


def flat(structure):
    return [leaf for leaf in tf.nest.flatten(structure) if leaf is not None]


def to_numpy(value):
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def assert_close(ours, theirs, dtype, what):
    relative, absolute = TOLERANCES[dtype]
    ours, theirs = to_numpy(ours), to_numpy(theirs)
    assert ours.shape == theirs.shape, f"{what}: {ours.shape} here, {theirs.shape} in Keras"
    scale = max(1.0, float(np.max(np.abs(theirs), initial=0)))
    np.testing.assert_allclose(
        ours, theirs, rtol=relative, atol=absolute * scale, err_msg=what, strict=False
    )


def cast(array, dtype):
    array = np.asarray(array)
    return array.astype(dtype) if array.dtype.kind == "f" else array


def check_layer(
    make,
    inputs,
    *,
    dtype="float32",
    call=None,
    input_masks=None,
    config=True,
    lost_by_keras=(),
    copies=True,
    gradients=True,
    symbolic=True,
):
    """Check a layer against Keras.

    Args:
        make: Function of a namespace (`keras` or `kerasish`) and `**options` that makes the layer.
        inputs: An array, or a list of them.
        dtype: Type of weights, inputs and computation.
        call: Further arguments of the call, arrays among them.
        input_masks: Masks that travel with the inputs, in their structure.
        config: Whether configurations are compared.
        lost_by_keras: Arguments that Keras leaves out of its configuration, or writes wrongly.
        copies: Whether copies are made and compared.
        gradients: Whether gradients are compared.
        symbolic: Whether the layer is called on symbols.

    Returns:
        The pair of layers: Keras's, and ours.
    """
    rng = np.random.default_rng(11)
    theirs, ours = make(keras, dtype=dtype), make(kerasish, dtype=dtype)
    arrays = tf.nest.map_structure(lambda a: cast(a, dtype), inputs)
    call = tf.nest.map_structure(lambda a: cast(a, dtype) if is_array(a) else a, call or {})

    def run(layer, tensors, arguments):
        return layer(tensors, **arguments)

    keras_inputs = tf.nest.map_structure(tf.convert_to_tensor, arrays)
    torch_inputs = tf.nest.map_structure(
        lambda a: torch.tensor(a, requires_grad=a.dtype.kind == "f"), arrays
    )
    if input_masks is not None:
        for tensors, to in ((keras_inputs, tf.constant), (torch_inputs, torch.tensor)):
            for tensor, mask in zip(flat(tensors), tf.nest.flatten(input_masks), strict=True):
                if mask is not None:
                    tensor._keras_mask = to(mask)
    keras_call = tf.nest.map_structure(
        lambda a: tf.convert_to_tensor(a) if is_array(a) else a, call
    )
    torch_call = tf.nest.map_structure(lambda a: torch.tensor(a) if is_array(a) else a, call)

    run(theirs, keras_inputs, keras_call)
    run(ours, torch_inputs, torch_call)
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    weights = [rng.normal(0, 0.6, w.shape).astype(dtype) for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    for got, given in zip(ours.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(got, given)

    trained = [w for w in ours.weights if w.trainable]
    floats = [t for t in flat(torch_inputs) if t.requires_grad]
    keras_floats = [t for t in flat(keras_inputs) if t.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(keras_floats)
        expected = run(theirs, keras_inputs, keras_call)
        leaves = [t for t in flat(expected) if t.dtype.is_floating]
        factors = [rng.normal(size=t.shape).astype(dtype) for t in leaves]
        loss = tf.add_n([tf.reduce_sum(t * f) for t, f in zip(leaves, factors, strict=True)] or [0])
    found = run(ours, torch_inputs, torch_call)
    assert len(flat(found)) == len(flat(expected))
    for index, (one, other) in enumerate(zip(flat(found), flat(expected), strict=True)):
        assert_close(one, other, dtype, f"output {index}")
        mask, keras_mask = (getattr(t, "_keras_mask", None) for t in (one, other))
        assert (mask is None) == (keras_mask is None), f"mask of output {index}"
        if mask is not None:
            np.testing.assert_array_equal(to_numpy(mask), keras_mask)

    if gradients and leaves:
        ours_leaves = [t for t in flat(found) if t.is_floating_point()]
        total = sum((t * torch.tensor(f)).sum() for t, f in zip(ours_leaves, factors, strict=True))
        if total.requires_grad:
            compare_gradients(ours, theirs, total, loss, tape, floats, keras_floats, trained, dtype)
    if symbolic and input_masks is None:
        check_symbols(make, arrays, found, dtype, call)
    if config:
        check_config(ours, theirs, weights, torch_inputs, torch_call, found, lost_by_keras)
    if copies:
        for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
            for one, two in zip(
                flat(run(other, torch_inputs, torch_call)), flat(found), strict=True
            ):
                torch.testing.assert_close(one, two, rtol=0, atol=0)
    return theirs, ours


def is_array(value):
    return isinstance(value, np.ndarray)


def compare_gradients(ours, theirs, total, loss, tape, floats, keras_floats, trained, dtype):
    parameters = [p for p in ours.parameters() if p.requires_grad]
    # A handle reads its weight through the parameters, so its gradient is read the same way.
    grads = torch.autograd.grad(total, [*floats, *parameters], allow_unused=True)
    expected = tape.gradient(loss, keras_floats + [w.value for w in theirs.trainable_weights])
    for index, (one, other) in enumerate(zip(grads[: len(floats)], expected, strict=False)):
        if other is not None:
            assert_close(one, tf.convert_to_tensor(other), dtype, f"gradient of input {index}")
    before = {p: p.detach().clone() for p in parameters}
    with torch.no_grad():
        for parameter, grad in zip(parameters, grads[len(floats) :], strict=True):
            parameter.copy_(torch.zeros_like(parameter) if grad is None else grad)
    read = [w.numpy() for w in trained]
    with torch.no_grad():
        for parameter, value in before.items():
            parameter.copy_(value)
    for variable, one, other in zip(trained, read, expected[len(floats) :], strict=True):
        if other is not None:
            assert_close(one, tf.convert_to_tensor(other), dtype, f"gradient of {variable.path}")


def check_symbols(make, arrays, found, dtype, call):
    """Symbols keep None for the batch and have the shapes that data has."""

    def symbol(n, array):
        kind = dtype if array.dtype.kind == "f" else str(array.dtype)
        return n.layers.Input(array.shape[1:], dtype=kind)

    results = {}
    for n in (keras, kerasish):
        layer = make(n, dtype=dtype)
        if getattr(layer, "stateful", False):
            return
        plain = {k: v for k, v in call.items() if not any(map(is_array, tf.nest.flatten(v)))}
        outputs = layer(tf.nest.map_structure(lambda a, n=n: symbol(n, a), arrays), **plain)
        results[n] = [(tuple(t.shape), t.dtype) for t in flat(outputs)]
    assert results[kerasish] == results[keras], results
    shapes = [shape for shape, _ in results[kerasish]]
    sizes = [tuple(t.shape[1:]) for t in flat(found)]
    assert sizes == [shape[1:] for shape in shapes], (sizes, shapes)


def plain_config(value):
    """A configuration without what may differ: names and the shapes of builds."""
    if isinstance(value, dict):
        skipped = {"name", "build_config", "shared_object_id", "registered_name"}
        return {k: plain_config(v) for k, v in value.items() if k not in skipped}
    if isinstance(value, (list, tuple)):
        return [plain_config(v) for v in value]
    return value


def check_config(ours, theirs, weights, inputs, call, found, lost_by_keras):
    """Configurations equal Keras's, and make the same layer in either library."""
    one, other = plain_config(ours.get_config()), plain_config(theirs.get_config())
    for key in lost_by_keras:
        one.pop(key, None)
        other.pop(key, None)
    assert one == other
    type(theirs).from_config(theirs.get_config() | {"name": "read"})
    keras.saving.deserialize_keras_object(kerasish.layers.serialize(ours))
    again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
    again(inputs, **call)
    again.set_weights(weights)
    for one, other in zip(flat(again(inputs, **call)), flat(found), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
