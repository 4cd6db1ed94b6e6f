"""The process of a Keras peer: `python -m benchmarks.peers.keras_backend DEVICE THREADS`.

Commands come pickled on the standard input and are answered on the standard output; the backend is
that of the variable KERAS_BACKEND. What Keras prints goes to the standard error.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from typing import Any

from benchmarks.peers.peer import LocalPeer, UnsupportedError


def make_peer(device: str, threads: int) -> LocalPeer:
    """Make the peer of this process's backend."""
    backend = os.environ["KERAS_BACKEND"]
    if backend == "torch":
        from benchmarks.peers.keras_torch import KerasTorchPeer

        return KerasTorchPeer(device, threads)
    if backend == "tensorflow":
        from benchmarks.peers.keras_tensorflow import KerasTensorFlowPeer

        return KerasTensorFlowPeer(device, threads)
    if backend == "jax":
        # XLA cannot be told its number of threads.
        use_cores(threads)
        from benchmarks.peers.keras_jax import KerasJaxPeer

        return KerasJaxPeer(device)
    raise ValueError(
        f"There is a peer for torch, tensorflow and jax. Received: backend {backend!r}"
    )


def use_cores(threads: int) -> None:
    """Keep the process on so many cores: not every backend can be told its number of threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def serve(peer: Any, commands: Any, answers: Any) -> None:
    """Answer commands until there are no more.

    Args:
        peer: What is asked.
        commands: A binary stream of pickled tuples, a method's name and its arguments.
        answers: A binary stream, for pickled pairs: whether it failed (None: it cannot
            run such a case), and the answer or the error.
    """
    while True:
        try:
            command, *arguments = pickle.load(commands)
        except EOFError:
            return
        answer: tuple[bool | None, Any]
        try:
            answer = False, getattr(peer, command)(*arguments)
        except UnsupportedError as error:
            answer = None, str(error)
        except Exception:
            # Told to the process that asked, which raises it.
            answer = True, traceback.format_exc()
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(make_peer(sys.argv[1], int(sys.argv[2])), sys.stdin.buffer, stream)
