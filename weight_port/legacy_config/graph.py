"""The calls between the layers of a model, from the lists of Keras 1 and 2 to Keras 3's form.

Old Keras lists for each call the tensors `[layer, call, output, arguments]` that go in; Keras 3
writes the arguments of each call as they were, with tensors inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from weight_port.legacy_config.errors import Place, copied, require_list, require_mapping
from weight_port.legacy_config.recurrent import takes_states
from weight_port.legacy_config.tf_operations import is_operation, operation

_CONSTANT = "_CONSTANT_VALUE"


def is_graph(config: Any) -> bool:
    """Whether a configuration describes a model by its layers and their calls."""
    return isinstance(config, Mapping) and {"layers", "input_layers", "output_layers"} <= set(
        config
    )


def graph_config(
    config: Mapping[str, Any], place: Place, modernize_layer: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """Return the configuration of a Functional model in Keras 3's form.

    Args:
        config: `layers`, `input_layers`, `output_layers` and more.
        place: The model, for messages.
        modernize_layer: Modernizes one layer, without its calls.

    Raises:
        LegacyConfigError: If something in it is not what old Keras writes.
    """
    entries = []
    for entry in require_list(config["layers"], place, "layers"):
        outer = require_mapping(entry, place, "layers")
        inner = outer.get("config")
        name = outer.get("name") or (inner.get("name") if isinstance(inner, Mapping) else None)
        if not isinstance(name, str):
            place.refuse("has a layer without a name", entry)
        entries.append((name, outer))
    nested = {name: entry for name, entry in entries if _is_model(entry)}
    names = frozenset(name for name, _ in entries)
    functional = frozenset(name for name, one in nested.items() if is_graph(one.get("config")))
    addresses = _Addresses(names, _first_calls(config, nested, names), functional)
    layers = []
    for name, entry in entries:
        here = Place(name, str(entry.get("class_name")))
        calls = [
            _call(call, addresses, here)
            for call in require_list(entry.get("inbound_nodes") or [], here, "inbound_nodes")
        ]
        if is_operation(here.class_name):
            layer, calls = operation(entry, calls, here)
        else:
            layer = modernize_layer({**entry, "name": name})
            calls = [_with_states(call, here, entry) for call in calls]
        layer["name"] = name
        layer["inbound_nodes"] = [{"args": args, "kwargs": kwargs} for args, kwargs in calls]
        layers.append(layer)
    ends = {part: addresses.ends(config[part], place) for part in ("input_layers", "output_layers")}
    kept = {key: copied(config[key]) for key in ("name", "trainable") if key in config}
    return {**kept, "layers": layers, **ends}


def _is_model(entry: Mapping[str, Any]) -> bool:
    inner = entry.get("config")
    return is_graph(inner) or entry.get("class_name") == "Sequential"


def _is_address(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(type(part) is int for part in value[1:3])
    )


def _is_constant(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and 3 <= len(value) <= 4 and value[0] == _CONSTANT


@dataclass(frozen=True)
class _Addresses:
    """How tensors of a model are addressed.

    Attributes:
        names: The names of its layers.
        first_calls: The number that the file gives to the first call of each layer that is a model.
        functional: The names of the layers that are Functional models.
    """

    names: frozenset[str]
    first_calls: Mapping[str, int]
    functional: frozenset[str]

    def tensor(self, address: Any, place: Place) -> dict[str, Any]:
        """Return the tensor at an address of the file, as an argument of a call."""
        name, call, output = address[:3]
        if name not in self.names:
            place.refuse("has an input from a layer that is not in the model", list(address[:3]))
        call -= self.first_calls.get(name, 0)
        if call < 0 or output < 0:
            place.refuse("has an input from a call that there is not", list(address[:3]))
        return {
            "class_name": "__keras_tensor__",
            "config": {"keras_history": [name, call, output]},
        }

    def argument(self, value: Any, place: Place) -> Any:
        """Return an argument of a call, with the tensors in it."""
        if _is_address(value) and len(value) == 3 and value[0] in self.names:
            return self.tensor(value, place)
        if _is_constant(value):
            return copied(value[2])
        if isinstance(value, (list, tuple)):
            return [self.argument(item, place) for item in value]
        if isinstance(value, Mapping):
            return {key: self.argument(item, place) for key, item in value.items()}
        return value

    def ends(self, value: Any, place: Place) -> Any:
        """Return the addresses of a model's inputs or outputs."""
        if _is_address(value):
            name, call, output = self.tensor(value, place)["config"]["keras_history"]
            # Here, and only here, Keras 3 counts the calls of a nested Functional model from 1.
            return [name, call + (name in self.functional), output]
        if isinstance(value, Mapping):
            return {key: self.ends(item, place) for key, item in value.items()}
        items = [self.ends(item, place) for item in require_list(value, place, "input_layers")]
        # Old Keras gives and takes a single tensor without its list.
        return items[0] if len(items) == 1 else items


def _first_calls(
    config: Mapping[str, Any], nested: Mapping[str, Mapping[str, Any]], names: frozenset[str]
) -> dict[str, int]:
    """Tell for each nested model whether the file counts its calls from 1.

    It does where the model had a call of its own before, with which it was made. A Functional model
    always has; a Sequential one if it knew the shape of its input.
    """
    used: dict[str, set[int]] = {name: set() for name in nested}
    for address in _all_addresses(config, names):
        if address[0] in used:
            used[address[0]].add(address[1])
    first = {}
    for name, entry in nested.items():
        calls = entry.get("inbound_nodes")
        count = len(calls) if isinstance(calls, (list, tuple)) else 0
        if 0 in used[name]:
            first[name] = 0
        elif count in used[name]:
            first[name] = 1
        else:
            first[name] = int(is_graph(entry.get("config")) or _knows_input(entry.get("config")))
    return first


def _knows_input(config: Any) -> bool:
    """Whether a Sequential model knows the shape of its input from its first layer."""
    layers = config.get("layers") if isinstance(config, Mapping) else config
    first = layers[0] if isinstance(layers, (list, tuple)) and layers else None
    inner = first.get("config") if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or not isinstance(inner, (Mapping, list, tuple)):
        return False
    if isinstance(inner, Mapping) and inner.get("batch_input_shape") is not None:
        return True
    if first.get("class_name") == "Sequential":
        return _knows_input(inner)
    return first.get("class_name") == "InputLayer" or is_graph(inner)


def _all_addresses(config: Mapping[str, Any], names: frozenset[str]) -> Iterator[Any]:
    layers = config["layers"]
    pending = [config["input_layers"], config["output_layers"]]
    pending += [layer.get("inbound_nodes") for layer in layers]
    while pending:
        value = pending.pop()
        if _is_address(value) and value[0] in names:
            yield value
        if isinstance(value, Mapping):
            pending.extend(value.values())
        elif isinstance(value, (list, tuple)):
            pending.extend(value)


def _call(call: Any, addresses: _Addresses, place: Place) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a call: the first one, and those with names."""
    if isinstance(call, Mapping) and {"args", "kwargs"} <= set(call):
        place.refuse("has calls in the form of Keras 3", call)
    kwargs: dict[str, Any] = {}

    def read(value: Any) -> Any:
        if _is_address(value) or _is_constant(value):
            if len(value) == 4 and value[3]:
                kwargs.update(require_mapping(value[3], place, "inbound_nodes"))
            if _is_constant(value):
                return copied(value[2])
            return addresses.tensor(value, place)
        if isinstance(value, Mapping):
            return {key: read(item) for key, item in value.items()}
        return [read(item) for item in require_list(value, place, "inbound_nodes")]

    first = read(call)
    if isinstance(first, list) and len(first) == 1:
        first = first[0]
    if isinstance(first, (list, dict)) and not first:
        place.refuse("has a call without inputs", call)
    named = {
        key: addresses.argument(value, place)
        for key, value in kwargs.items()
        # None is the default of all of these.
        if value is not None or key not in ("mask", "training", "name", "initial_state")
    }
    return [first], named


def _with_states(
    call: tuple[list[Any], dict[str, Any]], place: Place, entry: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Name the initial states of a recurrent layer, which stand behind its input in a list."""
    (first,), kwargs = call
    if not takes_states(place.class_name) or not isinstance(first, list):
        return call
    inner = entry.get("config")
    if isinstance(inner, Mapping) and inner.get("num_constants"):
        place.refuse("takes constants, which is not supported", inner["num_constants"])
    return [first[0]], {**kwargs, "initial_state": first[1:]}
