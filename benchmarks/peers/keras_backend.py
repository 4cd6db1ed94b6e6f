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

from benchmarks.peers.peer import LocalPeer


def make_peer(device: str, threads: int) -> LocalPeer:
    """Make the peer of this process's backend."""
    backend = os.environ["KERAS_BACKEND"]
    if backend == "torch":
        from benchmarks.peers.keras_torch import KerasTorchPeer

        return KerasTorchPeer(device, threads)
    if backend == "tensorflow":
        from benchmarks.peers.keras_tensorflow import KerasTensorFlowPeer

        return KerasTensorFlowPeer(device, threads)
    raise ValueError(f"There is a peer for torch and tensorflow. Received: backend {backend!r}")


def serve(peer: Any, commands: Any, answers: Any) -> None:
    """Answer commands until there are no more.

    Args:
        peer: What is asked.
        commands: A binary stream of pickled tuples, a method's name and its arguments.
        answers: A binary stream, for pickled pairs: whether it failed, and the answer or the error.
    """
    while True:
        try:
            command, *arguments = pickle.load(commands)
        except EOFError:
            return
        try:
            answer = False, getattr(peer, command)(*arguments)
        except Exception:
            # Told to the process that asked, which raises it.
            answer = True, traceback.format_exc()
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(make_peer(sys.argv[1], int(sys.argv[2])), sys.stdin.buffer, stream)
