"""The process of Keras that fits: `python -m benchmarks.peers.fit_backend DEVICE THREADS`."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    from benchmarks.peers.fit_peer import FitPeer
    from benchmarks.peers.keras_backend import serve, use_cores

    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    use_cores(int(sys.argv[2]))  # before the backend looks how many there are
    import keras

    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(int(sys.argv[2]))
    serve(FitPeer(keras), sys.stdin.buffer, stream)
