"""What callbacks do where something goes wrong, and what they do beyond Keras's."""

import errno
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import numpy as np
import pytest

import kerasish
from kerasish import callbacks, optimizers
from tests.kerasish.trainers import fit_cases

X, Y = fit_cases.data((5,), 2)


def compiled(optimizer="sgd"):
    model = fit_cases.dense_regression(kerasish)
    model.compile(optimizer, "mse")
    return model


def test_nan_ends_training(capsys):
    y = Y.copy()
    y[25] = np.inf
    history = compiled().fit(
        X, y, batch_size=10, epochs=5, shuffle=False, verbose=0,
        callbacks=[callbacks.TerminateOnNaN()],
    )  # fmt: skip
    assert history.epoch == [0]
    assert capsys.readouterr().out == "Batch 2: Invalid loss, terminating training\n"


def test_a_full_disk_leaves_the_checkpoint_of_before(tmp_path, monkeypatch):
    import zipfile

    path = tmp_path / "model.keras"
    model = compiled()
    model.fit(X, Y, verbose=0, callbacks=[callbacks.ModelCheckpoint(path)])
    before = path.read_bytes()

    def full(self, name, data, *args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match="No space left"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.ModelCheckpoint(path)])
    assert [one.name for one in tmp_path.iterdir()] == ["model.keras"]
    assert path.read_bytes() == before


def test_names_of_checkpoints_are_looked_at_before_the_training():
    for path, weights in (
        ("model", False),
        ("w.ckpt", True),
        ("w.weights.h5", False),
        ("m.keras", True),
    ):
        with pytest.raises(ValueError, match=rf"ends in \..*Received: filepath='{path}'"):
            callbacks.ModelCheckpoint(path, save_weights_only=weights)
    for path, weights in (("m-{epoch}.hdf5", False), ("w.hdf5", True), ("w.pt", True)):
        callbacks.ModelCheckpoint(path, save_weights_only=weights)
    with pytest.raises(ValueError, match="Received: save_freq='batch'"):
        callbacks.ModelCheckpoint("m.keras", save_freq="batch")


def test_keras_2s_period(tmp_path):
    with pytest.warns(DeprecationWarning, match="period") as found:
        saving = callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras", period=2)
    assert len(found) == 1
    with pytest.raises(KeyError, match=r"can't fill in .*there are \['epoch', 'loss'\]"):
        compiled().fit(
            X, Y, verbose=0, callbacks=[callbacks.ModelCheckpoint(tmp_path / "{acc}.keras")]
        )
    compiled().fit(X, Y, epochs=5, verbose=0, callbacks=[saving])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.keras", "4.keras"]


def test_a_value_that_is_not_there(tmp_path):
    for callback in (
        callbacks.EarlyStopping(),
        callbacks.ReduceLROnPlateau(),
        callbacks.ModelCheckpoint(tmp_path / "m.keras", save_best_only=True),
    ):
        with pytest.warns(UserWarning, match=r"found no 'val_loss' in the logs; there are .*loss"):
            compiled().fit(X, Y, verbose=0, callbacks=[callback])
    assert (tmp_path / "m.keras").exists()
    with pytest.warns(UserWarning, match=r"'auto' is taken for mode='lower'"):
        callbacks.EarlyStopping(mode="lower")


@pytest.mark.parametrize("kind", ["one", "scaled", "several"])
def test_averages_while_the_model_predicts(kind):
    optimizer = optimizers.Adam(0.1, use_ema=True, ema_momentum=0.5)
    if kind == "scaled":
        optimizer = optimizers.LossScaleOptimizer(optimizer)
    elif kind == "several":
        inner = optimizers.OptimizerMap(optimizers.SGD(0.1), {".*kernel": optimizer})
        optimizer = optimizers.MultiOptimizer(inner)
    model = compiled(optimizer)
    for _ in range(3):
        model.train_on_batch(X, Y)
    weights = model.get_weights()
    before = model.predict(X, verbose=0)
    swapped = model.predict(X, verbose=0, callbacks=[callbacks.SwapEMAWeights()])
    assert not np.allclose(before, swapped)
    for one, other in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)
    optimizer.finalize_variable_values(model.trainable_variables)
    np.testing.assert_allclose(model.predict(X, verbose=0), swapped, rtol=1e-6)


def test_averages_that_stay_after_an_early_end():
    model = compiled(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9))
    kept = []
    watching = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.append(model.get_weights())
    )
    stopping = callbacks.EarlyStopping(monitor="loss", min_delta=100)
    swapping = callbacks.SwapEMAWeights(swap_on_epoch=True)
    history = model.fit(X, Y, epochs=5, verbose=0, callbacks=[stopping, swapping, watching])
    assert history.epoch == [0, 1]
    for one, other in zip(model.get_weights(), kept[-1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_average_to_swap():
    with pytest.raises(ValueError, match=r"use_ema=True.*Received: SGD with use_ema=False"):
        compiled().evaluate(X, Y, verbose=0, callbacks=[callbacks.SwapEMAWeights()])


@pytest.mark.parametrize("as_json", [True, False])
def test_remote_monitor(as_json):
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            text = body if as_json else parse_qs(body)["mine"][0]
            received.append(
                (self.path, self.headers["Content-Type"], self.headers["X-Key"], json.loads(text))
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    root = f"http://127.0.0.1:{server.server_port}"
    monitor = callbacks.RemoteMonitor(
        root, path="/here", field="mine", headers={"X-Key": "k"}, send_as_json=as_json
    )
    history = compiled().fit(X, Y, epochs=2, verbose=0, callbacks=[monitor])
    server.shutdown()
    thread.join()
    server.server_close()
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    assert received == [
        ("/here", kind, "k", {"epoch": epoch, "loss": loss})
        for epoch, loss in enumerate(history.history["loss"])
    ]
    with pytest.warns(UserWarning, match=f"could not reach {root}/here"):
        compiled().fit(X, Y, verbose=0, callbacks=[monitor])
    with pytest.raises(ValueError, match="Received: root='file:"):
        callbacks.RemoteMonitor("file:///etc")


def test_the_list_of_callbacks_is_keras_s():
    """All but the one that is bound to a service."""
    import keras

    names = {name for name in dir(keras.callbacks) if name[0].isupper()}
    assert names - {"OrbaxCheckpoint"} == set(callbacks.__all__)


def test_a_plot_in_one_line(tmp_path):
    import matplotlib

    matplotlib.use("agg")
    model = compiled()
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, Y, epochs=4, validation_split=0.3, validation_freq=2, verbose=0)
    loss, mae = history.plot()
    assert [line.get_label() for line in loss.lines] == ["loss", "val_loss"]
    assert [list(line.get_xdata()) for line in mae.lines] == [[0, 1, 2, 3], [1, 3]]
    (only,) = history.plot("mae")
    assert only.get_title() == "mae"
    with pytest.raises(KeyError, match="accuracy"):
        history.plot("accuracy")
    loss.figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 10_000
    matplotlib.pyplot.close("all")
