"""What `compile` and `fit` take, and what they say to what they do not take."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import kerasish
from tests.kerasish.trainers import fit_cases


def model():
    made = fit_cases.dense_regression(kerasish)
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.4, w.shape) for w in made.weights])
    return made


def test_compile_with_torchs_arguments_is_torchs():
    made = model()
    expected = made(torch.ones(3, 5))
    made.compile(backend="eager", fullgraph=True)
    torch.testing.assert_close(made(torch.ones(3, 5)), expected)
    assert not made.compiled
    with pytest.raises(ValueError, match=r"not both.*Received: \['backend'\]"):
        made.compile("adam", "mse", backend="eager")
    with pytest.raises(ValueError, match=r"not both.*Received: \['lr'\]"):
        made.compile(lr=2)
    made.compile()
    assert made.compiled
    torch._dynamo.reset()


def test_torchs_optimizer_and_loss():
    x, y = fit_cases.data((5,), 2)
    one, other = model(), model()
    one.compile(torch.optim.SGD(one.parameters(), 0.1), torch.nn.MSELoss())
    other.compile(kerasish.optimizers.SGD(0.1), "mse")
    first, second = (m.fit(x, y, shuffle=False, verbose=0, epochs=2).history for m in (one, other))
    np.testing.assert_allclose(first["loss"], second["loss"], rtol=1e-5)
    classified = kerasish.Sequential([kerasish.Input((5,)), kerasish.layers.Dense(3)])
    classified.compile(torch.optim.Adam, torch.nn.functional.cross_entropy)
    labels = np.arange(50) % 3
    before = classified.evaluate(x, labels, verbose=0)
    assert classified.fit(x, labels, epochs=5, verbose=0).history["loss"][-1] < before


@pytest.mark.parametrize("kind", ["loader", "dataset", "py_dataset", "lists", "tensors"])
def test_kinds_of_data_are_the_same_data(kind):
    x, y = fit_cases.data((5,), 2)
    tensors = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))

    class Batches(kerasish.utils.PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return x[index * 10 : index * 10 + 10], y[index * 10 : index * 10 + 10]

    given = {
        "loader": ((DataLoader(tensors, batch_size=10),), {}),
        "dataset": ((tensors,), {"batch_size": 10}),
        "py_dataset": ((Batches(),), {}),
        "lists": ((x.tolist(), y.tolist()), {"batch_size": 10}),
        "tensors": (tensors.tensors, {"batch_size": 10}),
    }[kind]
    histories = []
    for args, kwargs in (((x, y), {"batch_size": 10}), given):
        made = model()
        made.compile("adam", "mse")
        history = made.fit(*args, **kwargs, epochs=2, shuffle=False, verbose=0)
        histories.append(history.history["loss"])
    np.testing.assert_allclose(histories[1], histories[0], rtol=1e-6)


def test_shuffling_goes_by_torchs_generator(monkeypatch):
    """As long as `set_random_seed` was never called."""
    monkeypatch.setattr("kerasish.random.seeding._random_seed", None)
    x, y = fit_cases.data((5,), 2)
    results = []
    for seed in (1, 1, 2):
        made = model()
        made.compile("sgd", "mse")
        torch.manual_seed(seed)
        made.fit(x, y, batch_size=7, verbose=0)
        results.append(made.get_weights()[0])
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_training_is_no_part_of_the_state_dict():
    made = model()
    before = list(made.state_dict())
    made.compile("adam", torch.nn.MSELoss(), metrics=["mae"])
    made.fit(*fit_cases.data((5,), 2), verbose=0)
    assert list(made.state_dict()) == before


def test_faults_are_named():
    x, y = fit_cases.data((5,), 2)
    made = model()
    with pytest.raises(ValueError, match=r"compiled before `fit`.*Received"):
        made.fit(x, y)
    made.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"same number of samples.*Received: .*\(50, 5\)"):
        made.fit(x, y[:7], verbose=0)
    with pytest.raises(ValueError, match=r"batches need targets.*Received: y=None"):
        made.fit(x, verbose=0)
    with pytest.raises(ValueError, match=r"without samples.*Received: 50 samples"):
        made.fit(x, y, validation_split=0.999999999, verbose=0)
    with pytest.raises(ValueError, match=r"`y` comes with the batches.*Received"):
        made.fit(iter([(x, y)]), y, verbose=0)
    with pytest.raises(ValueError, match=r"`verbose` is.*Received: verbose=7"):
        made.fit(x, y, verbose=7)
    with pytest.raises(ValueError, match=r"given together.*Received"):
        made.fit(x, y, sample_weight=y[:, 0], class_weight={0: 1.0}, verbose=0)
    with pytest.raises(ValueError, match="no batch for this epoch"):
        made.fit(iter([(x, y)]), epochs=2, verbose=0)
    with pytest.warns(UserWarning, match="ended after 1 of 3 steps"):
        made.fit(iter([(x, y)]), steps_per_epoch=3, epochs=2, verbose=0)

    def broken():
        yield x, y
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError, match="disk is gone"):
        made.fit(broken(), verbose=0)


def test_old_names_warn_once():
    x, y = fit_cases.data((5,), 2)
    made = model()
    made.compile("sgd", "mse")
    with pytest.warns(DeprecationWarning, match="fit_generator") as found:
        made.fit_generator(iter([(x, y)] * 4), 2, 2, verbose=0, workers=3)
    assert len(found) == 1
    with pytest.warns(DeprecationWarning, match="evaluate_generator"):
        made.evaluate_generator(iter([(x, y)]), 1, verbose=0)
