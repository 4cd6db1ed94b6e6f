"""Names in generated code: good Python identifiers that shadow nothing."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from torch import nn

_MODULE = set(dir(nn.Module())) | {"forward"}
# What the generated file has at its top, and what a reader takes for something else.
RESERVED = {"torch", "nn", "F", "self", "Path", "load", "load_file", *dir(builtins)}


def snake_case(name: str) -> str:
    """Return a name of Keras as an identifier: `block1/Conv.2` gives `block1_conv_2`."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    cleaned = re.sub(r"\W+|__+", "_", parts, flags=re.ASCII).strip("_").lower()
    return cleaned or "layer"


def attribute(name: str, taken: Iterable[str]) -> str:
    """Return the attribute of a module for a name that Keras's layer has."""
    wanted = snake_case(name)
    if wanted[0].isdigit() or wanted in _MODULE or keyword.iskeyword(wanted):
        wanted = f"layer_{wanted}"
    return unique(wanted, taken)


def variable(name: str, taken: Iterable[str]) -> str:
    """Return a local variable's name."""
    wanted = snake_case(name)
    if wanted[0].isdigit():
        wanted = f"input_{wanted}"
    while keyword.iskeyword(wanted) or keyword.issoftkeyword(wanted) or wanted in RESERVED:
        wanted += "_"
    return unique(wanted, taken)


def class_name(name: str, taken: Iterable[str] = ()) -> str:
    """Return a name as that of a class: `encoder_2` gives `Encoder2`."""
    parts = [part for part in snake_case(name).split("_") if part]
    joined = "".join(part[:1].upper() + part[1:] for part in parts)
    if not joined.isidentifier() or not joined.isascii() or keyword.iskeyword(joined):
        joined = f"Model{joined}" if f"Model{joined}".isidentifier() else "Model"
    return unique(joined, {*taken, *RESERVED}, "")


def quoted(name: str) -> str:
    """Return a name of Keras for a docstring: what could end it, or hide in it, is left out."""
    kept = "".join(one for one in name if one.isprintable() and one not in '"\\`')
    return f"`{kept[:80]}`"


def unique(name: str, taken: Iterable[str], joint: str = "_") -> str:
    """Return a name with a number behind it where it is taken."""
    taken = set(taken)
    if name not in taken:
        return name
    number = 2
    while f"{name}{joint}{number}" in taken:
        number += 1
    return f"{name}{joint}{number}"
