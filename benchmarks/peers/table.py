"""The table of peers: what each needs, and how it is started."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.peers.peer import Peer


@dataclass(frozen=True)
class Settings:
    """What all peers share.

    Attributes:
        device: `"cpu"` or `"cuda"`.
        threads: Number of threads for the CPU's kernels.
    """

    device: str
    threads: int


@dataclass(frozen=True)
class PeerInfo:
    """One peer, started or not.

    Attributes:
        name: Name for `--peers` and the report.
        description: What it is, for the report.
        packages: What must be installed.
        start: Starts it.
    """

    name: str
    description: str
    packages: tuple[str, ...]
    start: Callable[[Settings], Peer]

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [one for one in self.packages if importlib.util.find_spec(one) is None]


def _start_kerasish(settings: Settings) -> Peer:
    from benchmarks.peers.kerasish import KerasishPeer

    return KerasishPeer(settings.device)


def _start_torch(settings: Settings) -> Peer:
    from benchmarks.peers.torch_nn import TorchPeer

    return TorchPeer(settings.device)


def _start_keras(backend: str) -> Callable[[Settings], Peer]:
    def start(settings: Settings) -> Peer:
        from benchmarks.peers.worker import WorkerPeer

        return WorkerPeer(backend, settings.device, settings.threads)

    return start


PEERS = {
    info.name: info
    for info in (
        PeerInfo("kerasish", "kerasish", ("torch",), _start_kerasish),
        PeerInfo("torch", "bare torch.nn", ("torch",), _start_torch),
        PeerInfo("keras-torch", "Keras on torch", ("keras", "torch"), _start_keras("torch")),
        PeerInfo(
            "keras-tensorflow",
            "Keras on TensorFlow, compiled by tf.function",
            ("keras", "tensorflow"),
            _start_keras("tensorflow"),
        ),
    )
}


def open_peer(name: str, device: str, threads: int) -> Peer:
    """Start a peer."""
    return PEERS[name].start(Settings(device, threads))
