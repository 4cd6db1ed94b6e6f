"""Code that torch's compiler leaves alone, because it works on strings."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch


def outside_of_compiled_code(method: Callable) -> Callable:
    """Let a method run as it is, also where it is called by compiled code.

    `torch.compiler.disable` loads torch's compiler, so it waits until that is at work.
    """

    @functools.wraps(method)
    def run(*args: Any, **kwargs: Any) -> Any:
        if torch.compiler.is_compiling():
            return torch.compiler.disable(method)(*args, **kwargs)
        return method(*args, **kwargs)

    return run
