"""Trainings that come out the same in one process and in several: `scenarios.py OUT [NAME...]`."""

import random
import sys
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

import kerasish
from kerasish import callbacks, distribution
from kerasish.layers import GRU, LSTM, BatchNormalization, Dense, Dropout, Embedding, Input
from kerasish.models import Model, Sequential

NOISE = np.random.default_rng(7)
IDS = NOISE.integers(0, 9, (11, 6))
LABELS = NOISE.integers(0, 3, 11)
FEATURES = NOISE.normal(size=(11, 5, 2)).astype("float32")
TARGETS = NOISE.normal(size=(11, 5, 2)).astype("float32")


def classifier(dropout=0.0):
    """A masked classifier of sequences; rows with no valid step are among the data."""
    inputs = Input((6,), dtype="int32")
    hidden = Embedding(9, 4, mask_zero=True)(inputs)
    hidden = Dropout(dropout)(LSTM(5, dropout=dropout, recurrent_dropout=dropout)(hidden))
    model = Model(inputs, Dense(3, activation="softmax")(hidden))
    model.compile(
        "adam",
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["sparse_top_k_categorical_accuracy"],
    )
    return model


def regression():
    """Sequences to sequences, with a regularizer."""
    layers = [
        Input((5, 2)),
        GRU(4, return_sequences=True, kernel_regularizer="l2"),
        Dense(2),
    ]
    model = Sequential(layers)
    model.compile(
        kerasish.optimizers.SGD(0.1, momentum=0.9),
        "mse",
        metrics=["mae", "root_mean_squared_error"],
    )
    return model


def masks_and_weights():
    """Masks, class weights, a last batch smaller than the number of processes."""
    ids = IDS.copy()
    ids[2] = 0
    ids[:, 4:] = 0
    model = classifier()
    arguments = {"batch_size": 5, "epochs": 3, "verbose": 0, "class_weight": {0: 1.0, 1: 2.0, 2: 3}}
    history = model.fit(ids, LABELS, validation_data=(IDS, LABELS), **arguments)
    return history.history, model.evaluate(IDS, LABELS, verbose=0), model.predict(ids, verbose=0)


def dropout():
    """Masks of dropout are those of the whole batch."""
    model = classifier(0.5)
    history = model.fit(IDS, LABELS, batch_size=4, epochs=3, verbose=0, shuffle=False)
    return history.history, model.predict(IDS, batch_size=4, verbose=0)


class Watcher(callbacks.Callback):
    """Predicts, changes weights and the learning rate, and ends the training, all by itself."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def on_train_batch_end(self, batch, logs=None):
        """Shrink the weights in the middle of an epoch."""
        self.calls += 1
        if self.calls == 3:
            self.model.set_weights([w * 0.5 for w in self.model.get_weights()])

    def on_epoch_end(self, epoch, logs=None):
        """Log what the model predicts."""
        logs["spread"] = float(self.model.predict(FEATURES, verbose=0).std())
        if epoch == 1:
            self.model.optimizer.learning_rate = 0.01
        if epoch == 4:
            self.model.stop_training = True


def with_callbacks():
    """Callbacks act from the first process on all."""
    model = regression()
    early = callbacks.EarlyStopping("loss", patience=1, min_delta=10, restore_best_weights=True)
    early.stopped = "kept quiet"
    watcher = Watcher()
    with_files = callbacks.ModelCheckpoint(str(OUT / "best.weights.h5"), save_weights_only=True)
    log = callbacks.CSVLogger(str(OUT / "log.csv"))
    arguments = {"batch_size": 4, "verbose": 0, "shuffle": False}
    first = model.fit(
        FEATURES, TARGETS, epochs=9, callbacks=[watcher, with_files, log], **arguments
    )
    second = model.fit(FEATURES, TARGETS, epochs=9, callbacks=[early], **arguments)
    calls = watcher.calls if distribution.rank() == 0 else None
    if calls is not None and calls != 15:
        raise AssertionError(f"the first process calls callbacks; 15 batches, not {calls}")
    losses = {**first.history, "again": second.history["loss"], "epochs": len(second.epoch)}
    losses.pop("spread", None)  # what a callback logs, the first process has
    return losses, float(model.optimizer.learning_rate), *model.get_weights()


class Stepper(Model):
    """A train step of its own."""

    def __init__(self):
        super().__init__()
        self.hidden, self.out = Dense(4, activation="tanh"), Dense(2)

    def call(self, x):
        """Return (batch, time, 2)."""
        return self.out(self.hidden(x))

    def train_step(self, data):
        """Weigh the samples by their position in the batch."""
        x, y = data[:2]
        prediction = self(x, training=True)
        weight = torch.arange(len(x), dtype=torch.float32)
        loss = ((prediction - y) ** 2).mean((1, 2)).mul(weight).sum()
        self.zero_grad()
        loss.backward()
        self.optimizer.apply(
            [p.value.grad if hasattr(p, "value") else p.grad for p in self.parameters()],
            list(self.parameters()),
        )
        return {"own": loss.detach()}


def own_step():
    """A model that is not built yet, without a seed, and a train step of its own."""
    model = Stepper()
    model.compile(kerasish.optimizers.SGD(0.05))
    if distribution.rank():
        kerasish.utils.set_random_seed(99)  # what the first process draws counts
    history = model.fit(FEATURES, TARGETS, batch_size=4, epochs=3, verbose=0)
    return history.history, *model.get_weights()


def loader_and_generator():
    """Data in an order that each process would draw for itself."""
    data = TensorDataset(torch.from_numpy(FEATURES), torch.from_numpy(TARGETS))
    model = regression()
    if distribution.rank():
        torch.manual_seed(5)
        random.seed(5)
    first = model.fit(DataLoader(data, batch_size=4, shuffle=True), epochs=2, verbose=0)

    def endless():
        while True:
            index = random.sample(range(11), 3)
            yield FEATURES[index], TARGETS[index]

    second = model.fit(endless(), steps_per_epoch=3, epochs=2, verbose=0)
    losses = model.train_on_batch(FEATURES, TARGETS), model.test_on_batch(FEATURES, TARGETS)
    return first.history, second.history, *losses, model.predict_on_batch(FEATURES[:1])


def synchronized():
    """Statistics of the whole batch."""
    layers = [Input((5, 2)), Dense(4), BatchNormalization(synchronized=True), Dense(2)]
    model = Sequential(layers)
    model.compile(kerasish.optimizers.SGD(0.1), "mse")
    history = model.fit(FEATURES, TARGETS, batch_size=4, epochs=3, verbose=0).history
    return history, *model.get_weights()


def sharded():
    """Weights in parts: training, a callback that writes and reads, and weights read whole."""
    model = regression()
    model.compile("adam", "mse", metrics=["mae"])
    distribution.shard(model)
    watcher = Watcher()
    log = callbacks.ModelCheckpoint(str(OUT / "sharded.keras"))
    arguments = {"batch_size": 4, "verbose": 0, "shuffle": False, "epochs": 3}
    history = model.fit(FEATURES, TARGETS, callbacks=[watcher, log], **arguments).history
    history.pop("spread", None)
    model.set_weights([w + 0.1 for w in model.get_weights()])
    model.save(OUT / f"from_{distribution.rank()}.keras")
    optimizer = [v.numpy() for v in model.optimizer.variables[2:]]
    return history, model.predict(FEATURES, verbose=0), *model.get_weights(), *optimizer


ALL = [
    masks_and_weights,
    dropout,
    with_callbacks,
    own_step,
    loader_and_generator,
    synchronized,
    sharded,
]


def flat(value):
    """Return all numbers in nested results as one array."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, (list, tuple)):
        return np.concatenate([flat(item) for item in value])
    return np.asarray(value, "float64").reshape(-1)


def run(out):
    """Run all scenarios; return their numbers."""
    global OUT
    OUT = Path(out)
    results = {}
    for scenario in ALL:
        kerasish.utils.set_random_seed(11)
        results[scenario.__name__] = flat(scenario())
    return results


if __name__ == "__main__":
    torch.set_num_threads(1)
    found = run(sys.argv[1])
    np.savez(Path(sys.argv[1]) / f"rank{distribution.rank()}.npz", **found)
