"""`keras.ops.nn`: operations of `kerasish.ops` under the name of a namespace of Keras."""

from __future__ import annotations

from typing import Any

from kerasish.ops.namespaces import find_in, names_in


def __getattr__(name: str) -> Any:
    return names_in("nn") if name == "__all__" else find_in("nn", name)


def __dir__() -> list[str]:
    return names_in("nn")
