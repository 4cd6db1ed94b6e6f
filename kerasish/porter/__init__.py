"""The porter: Keras scripts and notebooks become those of kerasish, by changes of their source."""

from kerasish.porter.code import PortedCode, port_code
from kerasish.porter.errors import PorterError
from kerasish.porter.files import (
    PortedFile,
    check_file,
    find_files,
    port_file,
    write_file,
)
from kerasish.porter.findings import Finding, Report
from kerasish.porter.proof import Proof, ProofError, prove

__all__ = [
    "Finding",
    "PortedCode",
    "PortedFile",
    "PorterError",
    "Proof",
    "ProofError",
    "Report",
    "check_file",
    "find_files",
    "port_code",
    "port_file",
    "prove",
    "write_file",
]
