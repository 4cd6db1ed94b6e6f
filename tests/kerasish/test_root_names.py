"""`Variable`, `Operation`, `Function`, `device`, `name_scope` and the namespaces of operations."""

import copy
import pickle

import keras
import numpy as np
import pytest
import torch

import kerasish


def variable_values(library):
    library.utils.clear_session()
    found = [
        library.Variable(2.5),
        library.Variable([[1, 2], [3, 4]]),
        library.Variable(np.array([1, 2], "int64"), trainable=False),
        library.Variable([1, 2], dtype="int32"),
        library.Variable("ones", shape=(2, 3), name="scale"),
        library.Variable(lambda shape, dtype: library.ops.full(shape, 7, dtype), (2,), "float64"),
    ]
    with library.name_scope("outer"), library.name_scope("inner"):
        found.append(library.Variable(1.0, name="deep"))
    found[0].assign_add(1)
    found[0].assign_sub(0.5)
    found[1].assign(found[1] * 2 + found[3])
    return found


def test_variables_are_those_of_keras():
    for one, other in zip(variable_values(kerasish), variable_values(keras), strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
        assert one.numpy().dtype == other.numpy().dtype
        assert tuple(one.shape) == other.shape
        assert one.trainable == other.trainable
        assert (one.name, one.path) == (other.name, other.path)


def counting_layer(library):
    class Counting(library.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.count = library.Variable(0, dtype="int32", trainable=False, name="count")
            self.scale = library.Variable([1.0, -2.0], name="scale")

        def build(self, shape):
            self.kernel = self.add_weight((shape[-1], 2), "ones", name="kernel")

        def call(self, x):
            self.count.assign_add(1)
            return library.ops.matmul(x, self.kernel) * self.scale

    return Counting(name="counting")


def test_variables_in_a_layer_are_its_weights():
    data = np.random.default_rng(3).normal(size=(4, 3)).astype("float32")
    ours, theirs = counting_layer(kerasish), counting_layer(keras)
    for _ in range(2):
        found, wanted = ours(data), theirs(data)
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-6)
    told = [
        [(one.name, tuple(one.shape), bool(one.trainable)) for one in layer.weights]
        for layer in (ours, theirs)
    ]
    assert sorted(told[0]) == sorted(told[1])
    assert all(isinstance(one, kerasish.Variable) for one in [*ours.weights, ours.scale])
    assert not isinstance(torch.ones(2), kerasish.Variable)
    torch.nn.Module.zero_grad(ours)
    ours(torch.tensor(data)).sum().backward()
    assert ours.scale.grad is not None
    assert ours.count.grad is None
    ours.scale.trainable = False
    assert not ours.scale.requires_grad


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_of_variables_are_variables(copied):
    with kerasish.name_scope("outer"):
        variable = kerasish.Variable([1.0, 2.0], name="scale", trainable=False)
    other = copied(variable)
    other.assign_add(1)
    assert (other.name, other.path, other.trainable) == ("scale", "outer/scale", False)
    assert variable.numpy().tolist() == [1.0, 2.0]
    assert other.numpy().tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: kerasish.Variable("zeros"), "needs a shape.*shape=None"),
        (lambda: kerasish.Variable([1, 2], shape=(3,)), r"Received: values of shape \(2,\)"),
        (lambda: kerasish.name_scope("a/b").__enter__(), "Received: name='a/b'"),
        (lambda: kerasish.device("abacus:1"), "Received: device_name='abacus:1'"),
        (lambda: kerasish.device(3), "Received: device_name=3"),
        (lambda: kerasish.ops.nn.mean, "kerasish.ops.nn has no operation 'mean'"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises((ValueError, AttributeError), match=message):
        make()


def test_devices():
    assert kerasish.device("CPU:0") == torch.device("cpu")
    with kerasish.device("meta"):
        assert torch.ones(2).device.type == "meta"
    with kerasish.device("cpu"):
        assert kerasish.Variable([1.0]).device.type == "cpu"


@kerasish.saving.register_keras_serializable("tests")
class Scale(kerasish.Operation):
    def __init__(self, factor, name=None):
        super().__init__(name=name)
        self.factor = factor

    def call(self, x, shift=0.0):
        return x * self.factor + shift


def test_own_operations(tmp_path):
    start = kerasish.Input((3,))
    model = kerasish.Model(start, Scale(3.0)(Scale(2.0, name="twice")(start), shift=1.0))
    assert [one.name for one in model.operations[1:]] == ["twice", "scale"]
    assert len(model.layers) == 1
    data = np.ones((2, 3), "float32")
    assert model(data).numpy().tolist() == [[7.0] * 3] * 2
    assert Scale(4.0)(torch.ones(2)).tolist() == [4.0, 4.0]
    model.save(tmp_path / "model.keras")
    again = kerasish.models.load_model(tmp_path / "model.keras")
    assert again(data).numpy().tolist() == [[7.0] * 3] * 2
    assert pickle.loads(pickle.dumps(model))(data).numpy().tolist() == [[7.0] * 3] * 2
    with pytest.raises(NotImplementedError, match="has no call method"):
        kerasish.Operation()(torch.ones(2))


def test_functions_are_called_as_in_keras():
    def made(library):
        x, y = library.Input((3,)), library.Input((3,))
        return library.Function([x, y], {"sum": x + y, "more": [x * 2]}, name="both")

    data = [np.arange(6, dtype="float32").reshape(2, 3), np.ones((2, 3), "float32")]
    found, wanted = made(kerasish)(data), made(keras)(data)
    np.testing.assert_array_equal(found["sum"].numpy(), wanted["sum"].numpy())
    np.testing.assert_array_equal(found["more"][0].numpy(), wanted["more"][0].numpy())
    assert [one.shape for one in made(kerasish).outputs] == [
        one.shape for one in made(keras).outputs
    ]


@pytest.mark.parametrize("name", ["numpy", "nn", "linalg", "image"])
def test_namespaces_have_what_there_is(name):
    theirs, ours = getattr(keras.ops, name), getattr(kerasish.ops, name)
    wanted = {one for one in dir(theirs) if not one.startswith("_")}
    present = {one for one in wanted if hasattr(ours, one)}
    assert {one for one in wanted if hasattr(kerasish.ops, one)} <= present
    assert len(present) > 10
    for one in present & set(kerasish.ops.__all__):
        assert getattr(ours, one) is getattr(kerasish.ops, one)
