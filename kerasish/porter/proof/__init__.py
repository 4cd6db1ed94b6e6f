"""The proof of a port: both sides run, and are compared cell by cell."""

from kerasish.porter.proof.errors import ProofError
from kerasish.porter.proof.proving import prove
from kerasish.porter.proof.results import CellProof, Curve, Item, Proof, State, Verdict

__all__ = ["CellProof", "Curve", "Item", "Proof", "ProofError", "State", "Verdict", "prove"]
