"""A process that has just begun: `python -m benchmarks.peers.fresh PEER DEVICE THREADS TASK TIME`.

TASK is `start`, or the name of a case whose peak memory is measured; TIME is when the process was
asked for, in seconds of `time.time()`. What was measured goes to the standard output as JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.peers import memory

LAYERS = 100
_ROUNDS, _ROUND_SECONDS = 7, 0.02
_SAMPLES, _STEPS, _FEATURES, _UNITS = 10_000, 20, 8, 32


def seconds_per_call(call: Callable[[], Any]) -> float:
    """Return the median of some rounds of calls, after one that is not timed."""
    call()
    start = time.perf_counter()
    call()
    repeats = max(1, round(_ROUND_SECONDS / max(time.perf_counter() - start, 1e-7)))
    rounds = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        rounds.append((time.perf_counter() - start) / repeats)
    return statistics.median(rounds)


def start_library(name: str, began: float) -> dict[str, float]:
    """Measure kerasish or Keras from the import on.

    Args:
        name: `kerasish` or `keras`.
        began: When the process was asked for.
    """
    before = time.perf_counter()
    library = importlib.import_module(name)
    layers, found = library.layers, {"import": time.perf_counter() - before}
    series = np.ones((1, 8, 2), "float32")
    rnn = library.Sequential([library.Input((8, 2)), layers.LSTM(3)])
    np.asarray(rnn.predict(series, verbose=0))
    found["first result"] = time.time() - began

    before = time.perf_counter()
    x = inputs = library.Input((16,))
    for _ in range(LAYERS):
        x = layers.Dense(16)(x)
    library.Model(inputs, x)
    found[f"model of {LAYERS} layers"] = time.perf_counter() - before

    rows = np.ones((1, 8), "float32")
    dense = library.Sequential([library.Input((8,)), layers.Dense(3)])
    deep = library.Sequential([library.Input((8,)), *(layers.Dense(8) for _ in range(10))])
    backend = "torch" if name == "kerasish" else library.backend.backend()
    with _inference(backend):
        row, steps = (_tensor(backend, array) for array in (rows, series))
        found["layer(x), Dense"] = seconds_per_call(lambda: dense.layers[-1](row))
        found["layer(x), LSTM"] = seconds_per_call(lambda: rnn.layers[-1](steps))
        found["model(x), 10 Dense"] = seconds_per_call(lambda: deep(row))
    found["predict, Dense"] = seconds_per_call(lambda: dense.predict(rows, verbose=0))
    found["predict, LSTM"] = seconds_per_call(lambda: rnn.predict(series, verbose=0))
    found["predict, 10 Dense"] = seconds_per_call(lambda: deep.predict(rows, verbose=0))

    data = np.ones((_SAMPLES, _STEPS, _FEATURES), "float32")
    model = library.Sequential([library.Input(data.shape[1:]), layers.LSTM(_UNITS)])
    model.predict(data[:64], verbose=0)  # what is compiled, and pools of threads
    before_predict = memory.held()
    outputs = model.predict(data, verbose=0)
    after = memory.held()
    if before_predict is not None and after is not None:
        found["bytes held after predict"] = after - before_predict - outputs.nbytes
    return found


def start_torch(began: float) -> dict[str, float]:
    """Measure bare torch.nn likewise; `predict` is a call between NumPy arrays."""
    before = time.perf_counter()
    import torch
    from torch import nn

    found = {"import": time.perf_counter() - before}
    series = np.ones((1, 8, 2), "float32")
    rnn = nn.LSTM(2, 3, batch_first=True)
    with torch.no_grad():
        rnn(torch.from_numpy(series))[0][:, -1].numpy()
    found["first result"] = time.time() - began
    before = time.perf_counter()
    nn.Sequential(*(nn.Linear(16, 16) for _ in range(LAYERS)))
    found[f"model of {LAYERS} layers"] = time.perf_counter() - before
    rows = np.ones((1, 8), "float32")
    dense, deep = nn.Linear(8, 3), nn.Sequential(*(nn.Linear(8, 8) for _ in range(10)))
    row, steps = torch.from_numpy(rows), torch.from_numpy(series)
    with torch.no_grad():
        found["layer(x), Dense"] = seconds_per_call(lambda: dense(row))
        found["layer(x), LSTM"] = seconds_per_call(lambda: rnn(steps)[0][:, -1])
        found["model(x), 10 Dense"] = seconds_per_call(lambda: deep(row))
        found["predict, Dense"] = seconds_per_call(lambda: dense(torch.from_numpy(rows)).numpy())
        found["predict, LSTM"] = seconds_per_call(
            lambda: rnn(torch.from_numpy(series))[0][:, -1].numpy()
        )
        found["predict, 10 Dense"] = seconds_per_call(lambda: deep(torch.from_numpy(rows)).numpy())
        data = np.ones((_SAMPLES, _STEPS, _FEATURES), "float32")
        model = nn.LSTM(_FEATURES, _UNITS, batch_first=True)
        batches = torch.from_numpy(data).split(32)
        model(batches[0])
        before_predict = memory.held()
        outputs = torch.cat([model(batch)[0][:, -1] for batch in batches]).numpy()
        after = memory.held()
        if before_predict is not None and after is not None:
            found["bytes held after predict"] = after - before_predict - outputs.nbytes
    return found


def measure_peak(name: str, device: str, threads: int, case_name: str) -> dict[str, float]:
    """Measure what a case adds to the memory of a process that has imported all it needs.

    The inputs, the layer and two calls are counted; on a GPU, the memory there.
    """
    from benchmarks.cases import SMALL, all_cases
    from benchmarks.peers.keras_backend import make_peer
    from benchmarks.peers.table import open_peer

    (case,) = (case for case in all_cases() if case.name == case_name)
    # In this process: it is the peer's own.
    peer = (
        make_peer(device, threads)
        if name.startswith("keras-")
        else open_peer(name, device, threads)
    )
    small = replace(case, size=SMALL)
    peer.prepare(small)  # what is imported and started when it is first needed
    peer.release(small)
    before = memory.held()
    peer.prepare(case)
    peer.time(case, 1)
    torch = sys.modules.get("torch")
    if device == "cuda":
        return {} if torch is None else {"peak": float(torch.cuda.max_memory_allocated())}
    after = memory.peak()
    return {} if before is None or after is None else {"peak": after - before}


def _inference(backend: str) -> Any:
    if backend == "torch":
        import torch

        return torch.no_grad()
    return contextlib.nullcontext()


def _tensor(backend: str, array: np.ndarray) -> Any:
    if backend == "torch":
        import torch

        return torch.from_numpy(array)
    from keras import ops

    return ops.convert_to_tensor(array)


def main(name: str, device: str, threads: str, task: str, began: str) -> dict[str, float]:
    """Measure what the arguments say."""
    from benchmarks.peers.keras_backend import use_cores

    use_cores(int(threads))
    if task != "start":
        return measure_peak(name, device, int(threads), task)
    if name == "torch":
        return start_torch(float(began))
    return start_library("kerasish" if name == "kerasish" else "keras", float(began))


if __name__ == "__main__":
    stream = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes elsewhere
    json.dump(main(*sys.argv[1:]), stream)
    stream.close()
