"""Mappings: which layer of the source each layer of the target gets its weights from, in YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from weight_port.porting.errors import MappingError
from weight_port.porting.matching import match
from weight_port.records.record import LayerRecord

MAX_BYTES = 4 << 20
_ADVICE = "A mapping is 'target layer: source layer', or a list of source layers, or null."
LayerMapping = dict[str, list[str] | None]


def read_mapping(mapping: Mapping[str, Any] | str | PathLike) -> LayerMapping:
    """Return a mapping that a user gives.

    Args:
        mapping: A dictionary, or a YAML file with one: names of target layers with the name of a
            source layer, a list of names, or None for a layer that is to be left alone.

    Raises:
        FileNotFoundError: If there is no such file.
        MappingError: If it is not of that form.
    """
    if not isinstance(mapping, Mapping):
        mapping = _load(Path(mapping))
    result: LayerMapping = {}
    wrong = []
    for target, source in mapping.items():
        listed = source if isinstance(source, list) else [source]
        if not isinstance(target, str):
            wrong.append(f"{target!r}: names are text; put quotes around it")
        elif source is None:
            result[target] = None
        elif not listed or not all(isinstance(name, str) for name in listed):
            wrong.append(f"{target}: {source!r}")
        else:
            result[target] = list(listed)
    if wrong:
        raise MappingError("The mapping has entries of another form.", wrong, _ADVICE)
    return result


def _load(path: Path) -> Mapping[str, Any]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise MappingError(
            "The mapping file is too large.", [f"{path}: {size:,} of {MAX_BYTES:,} bytes"], _ADVICE
        )
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise MappingError(
            "The mapping file is no YAML.", [f"{path}: {str(error)[:500]}"], _ADVICE
        ) from error
    if not isinstance(loaded, Mapping):
        raise MappingError(
            "The mapping file has no names with values.",
            [f"{path}: a {type(loaded).__name__}"],
            _ADVICE,
        )
    return loaded


class _Loader(yaml.SafeLoader):
    """Plain data only, without aliases, of which a short file can make a large one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("a mapping has no aliases (*name)")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        texts = [key for key in keys if isinstance(key, str)]
        twice = sorted({key for key in texts if texts.count(key) > 1})
        if twice:
            raise yaml.YAMLError(f"names stand twice: {twice}")
        return super().construct_mapping(node, deep)


def template(
    source_records: Sequence[LayerRecord],
    target_records: Sequence[LayerRecord],
    *,
    ordered: bool = True,
) -> str:
    """Return a mapping in YAML to look through and complete.

    Every layer of the target has a line with the layer that it is matched with. Where there is no
    certain match the line is null, with the candidates as comments above it.

    Args:
        source_records: The layers that weights come from.
        target_records: The layers that they go to.
        ordered: Whether the order of both lists is that of the models.
    """
    found = match(source_records, target_records, ordered=ordered)
    matched = {id(m.target): m for m in found.matches}
    lines = [
        "# target layer: source layer (or a list of source layers; null leaves the layer alone)",
    ]
    for target in target_records:
        lines.append("")
        lines.append(_comment(target.describe()))
        pair = matched.get(id(target))
        if pair is not None:
            lines.append(_comment(f"matched by {pair.how}: {pair.source.describe()}"))
            lines.append(f"{_quoted(target.path)}: {_quoted(pair.source.path)}")
            continue
        candidates = found.ambiguous.get(target.path, [])
        lines += [
            _comment(f"could be: {_quoted(record.path)}   {record.describe()}")
            for record in candidates
        ]
        if not candidates:
            lines.append(_comment("no layer of the source fits"))
        lines.append(f"{_quoted(target.path)}: null")
    left = [record for record in found.sources if record not in _all(found.ambiguous)]
    if left:
        lines += ["", "# Layers of the source that no layer of the target fits:"]
        lines += [_comment(f"  {record.describe()}") for record in left]
    return "\n".join(lines) + "\n"


def _all(candidates: Mapping[str, Sequence[LayerRecord]]) -> list[LayerRecord]:
    return [record for records in candidates.values() for record in records]


def _comment(text: str) -> str:
    return "# " + text.replace("\n", " ").replace("\r", " ")


def _quoted(name: str) -> str:
    """Return a name as YAML, in quotes only where it needs them."""
    return yaml.safe_dump(name, default_style=None, width=1 << 20).removesuffix("...\n").strip()
