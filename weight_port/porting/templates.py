"""A mapping to complete, written for two models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.layouts import Layout
from weight_port.porting.mapping import template as template_of_records
from weight_port.porting.models import opened


def template(
    source: Any,
    target: Any,
    *,
    layouts_for: Mapping[str, Layout] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    """Return a mapping from one model to another in YAML, for `port(mapping=...)`.

    Every layer of the target has a line with the layer that it is matched with, or null and the
    candidates as comments.

    Args:
        source: Anything that `port` takes as a source.
        target: The same.
        layouts_for: Layouts by class name.
        limits: What files may ask for.

    Example:
        >>> Path("mapping.yaml").write_text(template("model.keras", torch_module))
    """
    layouts_for = layouts_for or {}
    with (
        opened(source, layouts_for, limits) as first,
        opened(target, layouts_for, limits) as second,
    ):
        ordered = first.ordered and second.ordered
        return template_of_records(first.records, second.records, ordered=ordered)
