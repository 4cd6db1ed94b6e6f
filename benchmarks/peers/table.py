"""The table of peers: what each needs, and how it is started."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.peers.peer import Peer

_PRINT_MISSING = """
import sys, importlib.util
print(*[name for name in sys.argv[1:] if importlib.util.find_spec(name) is None])
"""


@dataclass(frozen=True)
class Settings:
    """What a peer is started with.

    Attributes:
        device: `"cpu"` or `"cuda"`.
        threads: Number of threads for the CPU's kernels.
        python: The Python that runs a peer with a process of its own.
    """

    device: str
    threads: int
    python: str = sys.executable


@dataclass(frozen=True)
class PeerInfo:
    """One peer, started or not.

    Attributes:
        name: Name for `--peers` and the report.
        description: What it is, for the report.
        packages: What must be installed.
        start: Starts it.
        devices: Where it runs.
    """

    name: str
    description: str
    packages: tuple[str, ...]
    start: Callable[[Settings], Peer]
    devices: tuple[str, ...] = ("cpu", "cuda")

    def missing(self, python: str = sys.executable) -> list[str]:
        """Return the packages that are not installed.

        Args:
            python: For which Python.
        """
        if python == sys.executable:
            return [one for one in self.packages if importlib.util.find_spec(one) is None]
        command = [python, "-c", _PRINT_MISSING, *self.packages]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return list(self.packages)
        return done.stdout.split()


def _start_kerasish(settings: Settings) -> Peer:
    from benchmarks.peers.kerasish import KerasishPeer

    return KerasishPeer(settings.device)


def _start_engine(settings: Settings) -> Peer:
    from benchmarks.peers.kerasish import EnginePeer

    return EnginePeer(settings.device)


def _start_torch(settings: Settings) -> Peer:
    from benchmarks.peers.torch_nn import TorchPeer

    return TorchPeer(settings.device)


def _start_onnxruntime(settings: Settings) -> Peer:
    from benchmarks.peers.onnx_runtime import OnnxRuntimePeer

    return OnnxRuntimePeer(settings.device, settings.threads)


def _start_keras(backend: str) -> Callable[[Settings], Peer]:
    def start(settings: Settings) -> Peer:
        from benchmarks.peers.worker import WorkerPeer

        return WorkerPeer(backend, settings.device, settings.threads, python=settings.python)

    return start


PEERS = {
    info.name: info
    for info in (
        PeerInfo("kerasish", "kerasish", ("torch",), _start_kerasish),
        PeerInfo(
            "kerasish-engine",
            "kerasish after model.compile_inference(), for predict",
            ("onnx", "onnxruntime"),
            _start_engine,
            ("cpu",),
        ),
        PeerInfo("torch", "bare torch.nn", ("torch",), _start_torch),
        PeerInfo(
            "onnxruntime",
            "the layer as an ONNX file, inference alone",
            ("onnx", "onnxruntime"),
            _start_onnxruntime,
            ("cpu",),
        ),
        PeerInfo("keras-torch", "Keras on torch", ("keras", "torch"), _start_keras("torch")),
        PeerInfo(
            "keras-tensorflow",
            "Keras on TensorFlow, compiled by tf.function",
            ("keras", "tensorflow"),
            _start_keras("tensorflow"),
        ),
        PeerInfo(
            "keras-jax",
            "Keras on JAX, compiled by jax.jit",
            ("keras", "jax"),
            _start_keras("jax"),
        ),
    )
}


def open_peer(name: str, device: str, threads: int, python: str = sys.executable) -> Peer:
    """Start a peer; one in a process of its own may still be starting when this returns."""
    return PEERS[name].start(Settings(device, threads, python))


def parse_pythons(given: list[str]) -> Mapping[str, str]:
    """Read the options `--python NAME=PATH`.

    Raises:
        ValueError: If one has another form, or names no peer that has a process of its own.
    """
    pythons = {}
    for one in given:
        name, equals, path = one.partition("=")
        if not equals or not name.startswith("keras-") or name not in PEERS:
            raise ValueError(
                f"--python takes the name of a Keras peer, =, and a path. Received: {one!r}"
            )
        pythons[name] = path
    return pythons
