"""The implementations that are measured, one file each."""

from benchmarks.peers.table import PEERS, PeerInfo, open_peer, parse_pythons

__all__ = ["PEERS", "PeerInfo", "open_peer", "parse_pythons"]
