"""A training that was killed goes on, and ends as one that was not."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import kerasish
from kerasish import callbacks

RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(22, 4, 3)).astype("float32"), RNG.integers(0, 3, 22)
EPOCHS = 4


def make(optimizer="adam", stateful=False):
    kerasish.utils.set_random_seed(5)
    model = kerasish.Sequential(
        [
            kerasish.Input((4, 3), batch_size=11 if stateful else None),
            kerasish.layers.GRU(4, return_sequences=True, stateful=stateful),
            kerasish.layers.BatchNormalization(),
            kerasish.layers.Flatten(),
            kerasish.layers.Dropout(0.3, seed=4),
            kerasish.layers.Dense(3),
        ]
    )
    loss = kerasish.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


class Killed(Exception):
    pass


class Killer(callbacks.Callback):
    """Ends a training as abruptly as a program can do it to itself."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise Killed


class Scaled(torch.utils.data.Dataset):
    """Draws from torch's and NumPy's generators for each sample."""

    def __len__(self):
        return len(X)

    def __getitem__(self, index):
        return X[index] * (1 + 0.1 * np.random.rand()) + 0.1 * torch.rand(()).item(), Y[index]  # noqa: NPY002


def endless():
    order = np.random.default_rng(2)
    while True:
        chosen = order.integers(0, len(X), 5)
        yield X[chosen], Y[chosen]


def of_arrays(model, **kwargs):
    return model.fit(X, Y, batch_size=4, validation_split=0.2, verbose=0, **kwargs)


def of_loader(model, **kwargs):
    data = TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return model.fit(DataLoader(data, batch_size=5, shuffle=True), verbose=0, **kwargs)


def of_drawn_samples(model, **kwargs):
    return model.fit(Scaled(), batch_size=5, verbose=0, **kwargs)


def of_generator(model, **kwargs):
    return model.fit(endless(), steps_per_epoch=5, verbose=0, **kwargs)


def of_long_epochs(model, **kwargs):
    return model.fit(X, Y, batch_size=4, steps_per_epoch=3, verbose=0, **kwargs)


def several_steps(model, **kwargs):
    object.__setattr__(model, "steps_per_execution", 2)
    return model.fit(X, Y, batch_size=4, verbose=0, **kwargs)


def stopping(model, **kwargs):
    """With callbacks that count, listed after the backup."""
    counting = [
        callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=0.2, factor=0.5),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        callbacks.EarlyStopping(
            monitor="loss", patience=2, min_delta=0.5, restore_best_weights=True
        ),
    ]
    return of_arrays(model, **{**kwargs, "callbacks": [*kwargs["callbacks"], *counting]})


def of_states(model, **kwargs):
    return model.fit(X, Y, batch_size=11, verbose=0, **kwargs)


WAYS = [
    of_arrays,
    of_loader,
    of_drawn_samples,
    of_generator,
    of_long_epochs,
    several_steps,
    stopping,
    of_states,
]


@pytest.mark.parametrize("save_freq", ["epoch", 1, 3])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_goes_on_as_if_not_interrupted(tmp_path, way, save_freq):
    optimizer = "adam" if way is not of_generator else kerasish.optimizers.SGD(0.1, momentum=0.9)
    whole = make(optimizer, stateful=way is of_states)
    history = way(whole, epochs=EPOCHS, callbacks=[])
    expected, logs = whole.get_weights(), history.history
    folder = tmp_path / "backup"
    for after in (7 if save_freq == "epoch" else 3, 4, 2):  # deaths in different epochs
        again = kerasish.optimizers.SGD(0.1, momentum=0.9) if way is of_generator else "adam"
        model = make(again, stateful=way is of_states)
        backup = callbacks.BackupAndRestore(folder, save_freq=save_freq)
        with pytest.raises(Killed):
            way(model, epochs=EPOCHS, callbacks=[backup, Killer(after)])
        kerasish.utils.set_random_seed(99)
        if save_freq == "epoch" or way is of_states:
            break
    again = kerasish.optimizers.SGD(0.1, momentum=0.9) if way is of_generator else "adam"
    model = make(again, stateful=way is of_states)
    backup = callbacks.BackupAndRestore(folder, save_freq=save_freq)
    kerasish.utils.set_random_seed(7)
    rest = way(model, epochs=EPOCHS, callbacks=[backup])
    assert not folder.exists()
    for one, other in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    for name, values in rest.history.items():
        assert values == logs[name][-len(values) :]


SCRIPT = """
import os, signal, sys
import numpy as np
from kerasish import callbacks
from tests.kerasish.callbacks import test_backup_and_restore as cases

folder, death = sys.argv[1], int(sys.argv[2])
writes = []
real = os.fsync

def fsync(file):  # which comes when a file is written and has not got its name yet
    writes.append(file)
    if len(writes) == death:
        os.kill(os.getpid(), signal.SIGKILL)
    real(file)

os.fsync = fsync
model = cases.make()
cases.of_arrays(
    model,
    epochs=cases.EPOCHS,
    callbacks=[
        callbacks.ModelCheckpoint(f"{folder}/model.keras", save_freq=2),
        callbacks.BackupAndRestore(f"{folder}/backup", save_freq=1),
    ],
)
np.savez(f"{folder}/end.npz", *model.get_weights())
"""


def test_killed_by_the_system(tmp_path):
    """SIGKILL in the middle of an epoch and of a file: files are whole, training goes on."""
    # Files are written in the order: backup, model, backup, backup, model, ...
    for death in (5, 3, -1):
        ended = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path), str(death)],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == (0 if death < 0 else -signal.SIGKILL), ended.stderr
        kerasish.models.load_model(tmp_path / "model.keras")
    whole = make()
    of_arrays(whole, epochs=EPOCHS, callbacks=[])
    with np.load(tmp_path / "end.npz") as end:
        for one, other in zip(end.values(), whole.get_weights(), strict=True):
            # A process with another number of threads adds in another order.
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)
    left = [path.name for path in tmp_path.iterdir() if not path.name.startswith(".model.keras.")]
    assert sorted(left) == ["end.npz", "model.keras"]


def interrupted(folder, after=9, **kwargs):
    model = make()
    backup = callbacks.BackupAndRestore(folder, **kwargs)
    with pytest.raises(Killed):
        of_arrays(model, epochs=EPOCHS, callbacks=[backup, Killer(after)])
    return model


def test_a_full_disk(tmp_path, monkeypatch):
    """What is there stays whole, and the message says what happened."""
    interrupted(tmp_path, save_freq=4)
    before = (tmp_path / "latest.pt").read_bytes()

    def full(backup, path):
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(torch, "save", full)
    backup = callbacks.BackupAndRestore(tmp_path, save_freq=4)
    with pytest.raises(OSError, match=r"could not write .*from before is whole.*No space left"):
        of_arrays(make(), epochs=EPOCHS, callbacks=[backup])
    assert [path.name for path in tmp_path.iterdir()] == ["latest.pt"]
    assert (tmp_path / "latest.pt").read_bytes() == before


def test_a_broken_backup(tmp_path):
    interrupted(tmp_path, save_freq=2, double_checkpoint=True)
    latest, previous = tmp_path / "latest.pt", tmp_path / "previous.pt"
    latest.write_bytes(latest.read_bytes()[:1000])
    model = make()
    backup = callbacks.BackupAndRestore(tmp_path, double_checkpoint=True, delete_checkpoint=False)
    with pytest.warns(UserWarning, match="can't be read.*the one before is taken"):
        history = of_arrays(model, epochs=EPOCHS, callbacks=[backup])
    assert history.epoch == [1, 2, 3]
    whole = make()
    of_arrays(whole, epochs=EPOCHS, callbacks=[])
    for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    for path in (latest, previous):
        path.write_bytes(b"")
    with pytest.warns(UserWarning), pytest.raises(OSError, match=r"delete it to begin anew"):  # noqa: PT030
        of_arrays(make(), epochs=EPOCHS, callbacks=[backup])


def test_another_training_than_that_of_the_backup(tmp_path):
    interrupted(tmp_path, save_freq=2)
    backup = callbacks.BackupAndRestore(tmp_path)
    other = kerasish.Sequential([kerasish.Input((4, 3)), kerasish.layers.Flatten()])
    other.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"not the one of the backup.*Received: 0 tensors"):
        other.fit(X, X.reshape(22, 12), callbacks=[backup], verbose=0)
    with pytest.raises(ValueError, match=r"another optimizer than the backup.*Received: SGD"):
        of_arrays(make("sgd"), epochs=EPOCHS, callbacks=[backup])
    model = make()
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"other metrics than the backup.*Received: \['loss'\]"):
        of_arrays(model, epochs=EPOCHS, callbacks=[backup])
    with pytest.raises(ValueError, match=r"fewer batches than were read.*Received: 1"):
        make().fit(X[:3], Y[:3], epochs=EPOCHS, callbacks=[backup], verbose=0)
    unbuilt = kerasish.Sequential([kerasish.layers.Dense(2)])
    unbuilt.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"has to be built.*Received"):
        unbuilt.fit(X, X[..., :2], callbacks=[backup], verbose=0)
    for wrong in ({"backup_dir": ""}, {"backup_dir": "a", "save_freq": "batch"}):
        with pytest.raises(ValueError, match=r"Received: (backup_dir|save_freq)="):
            callbacks.BackupAndRestore(**wrong)


def test_a_model_that_was_trained_can_be_copied_and_trained_again(tmp_path):
    """Nothing of the run stays on the model."""
    interrupted(tmp_path, save_freq=2)
    model = make()
    of_arrays(model, epochs=EPOCHS, callbacks=[callbacks.BackupAndRestore(tmp_path)])
    assert of_arrays(model, epochs=2).epoch == [0, 1]
    assert not {"_fit_batches", "_fit_callbacks", "_restart"} & set(model.__dict__)
