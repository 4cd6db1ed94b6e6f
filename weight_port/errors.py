"""The errors of weight_port. Each message ends with what was received."""

from __future__ import annotations

from collections.abc import Iterable


class WeightPortError(ValueError):
    """Base of every error that weight_port raises about weights, layouts and files."""


class LayoutError(WeightPortError):
    """A layout, a gate order or an array does not fit what was asked of it."""


class FileFormatError(WeightPortError):
    """A model file is broken, of another format, or asks for something that no file may ask for.

    The message names the file, the part of it that is wrong, and what to do where there is
    something to do.
    """


class LimitError(FileFormatError):
    """A file needs more memory, members or depth than the limits allow; `Limits` can raise them."""


class WeightMismatchError(WeightPortError):
    """Arrays do not fit a module.

    All the mismatches are found before anything is written, and reported together.

    Attributes:
        mismatches: One line per mismatch: the weight, the parameter and both shapes.
    """

    def __init__(self, subject: str, mismatches: Iterable[str]) -> None:
        self.mismatches = tuple(mismatches)
        listed = "\n".join(f"  - {line}" for line in self.mismatches)
        super().__init__(
            f"{subject}: {len(self.mismatches)} mismatch(es), nothing was written.\n{listed}"
        )
        self.subject = subject

    def __reduce__(self) -> tuple[type[WeightMismatchError], tuple[str, tuple[str, ...]]]:
        return type(self), (self.subject, self.mismatches)
