"""A peer in a process of its own: Keras has one backend for a process."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.cases import Case
from benchmarks.peers.peer import Peer, Results, UnsupportedError

ROOT = Path(__file__).resolve().parents[2]
# What is meant for this interpreter, and would lead another one astray.
_OWN_PYTHON = ("PYTHONPATH", "PYTHONHOME")


def environment(backend: str, device: str, threads: int) -> dict[str, str]:
    """Return the environment of a process of Keras.

    Args:
        backend: `KERAS_BACKEND` of the process.
        device: Where it runs.
        threads: Number of threads.
    """
    found = {
        **{name: value for name, value in os.environ.items() if name not in _OWN_PYTHON},
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": str(threads),
    }
    if device == "cpu":
        found |= {"CUDA_VISIBLE_DEVICES": "", "KERAS_TORCH_DEVICE": "cpu", "JAX_PLATFORMS": "cpu"}
    return found


class WorkerPeer(Peer):
    """Keras on one backend, in a process that waits for commands.

    Between commands the process sleeps, so that only one peer computes at a time.

    Args:
        backend: `KERAS_BACKEND` of the process.
        device: Where it runs.
        threads: Number of threads.
        module: What the process runs.
        python: The Python that runs it; by default this one.
    """

    separate = True

    def __init__(
        self,
        backend: str,
        device: str,
        threads: int,
        module: str = "benchmarks.peers.keras_backend",
        python: str = sys.executable,
    ) -> None:
        self.backend = backend
        # What the backend tells by the way is of interest only where it fails.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, "-m", module, device, str(threads)],
            cwd=ROOT,
            env=environment(backend, device, threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def _ask(self, command: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((command, *arguments), self._process.stdin)
            self._process.stdin.flush()
            failed, answer = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError):
            raise RuntimeError(
                f"The process of Keras on {self.backend} ended while it was asked to {command}. "
                f"Received: exit status {self._process.wait()}, after:\n{self._last_words()}"
            ) from None
        if failed is None:
            raise UnsupportedError(answer)
        if failed:
            raise RuntimeError(f"Keras on {self.backend} failed to {command}. Received: {answer}")
        return answer

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-4000:]

    def versions(self) -> dict[str, str]:
        return self._ask("versions")

    def prepare(self, case: Case) -> Results:
        return self._ask("prepare", case)

    def time(self, case: Case, repeats: int) -> float:
        return self._ask("time", case, repeats)

    def release(self, case: Case) -> None:
        self._ask("release", case)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()
