"""Weights from Keras files into a model: every array finds its weight, or nothing is written."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from kerasish.layers.base.layer import Layer
from kerasish.layers.base.variable import Variable
from kerasish.models.files.live_tree import LiveTree, live_tree
from kerasish.models.functional import Functional
from kerasish.models.sequential import Sequential
from weight_port import transform
from weight_port.formats import OpenFile
from weight_port.formats.legacy_h5 import TOP_LEVEL, LegacyH5File
from weight_port.formats.tensor_bundle import TensorBundleFile
from weight_port.formats.weights_h5 import WeightsH5File
from weight_port.records import LayerRecord
from weight_port.records.config_tree import config_tree
from weight_port.records.legacy_h5 import layers_by_name, records_of_legacy_h5
from weight_port.records.tensor_bundle import records_of_tensor_bundle
from weight_port.torch_arrays import tensor_of


@dataclass
class Assignment:
    """One weight of the model and where its values come from.

    Attributes:
        variable: The weight.
        source: The name of the array in the file.
        shape: The shape that the values will have.
        read: Gives the values in Keras's layout.
    """

    variable: Variable
    source: str
    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]


@dataclass
class Plan:
    """What is to be written where, and what does not fit.

    Attributes:
        extras: Layers, the name of what each takes beside its weights, and how it is read.
    """

    assignments: list[Assignment]
    problems: list[str]
    extras: list[tuple[Any, str, Callable[[], np.ndarray]]] = field(default_factory=list)


def load_keras_weights(
    model: Layer,
    file: OpenFile,
    *,
    skip_mismatch: bool = False,
    by_name: bool = False,
    at_once: bool = True,
) -> None:
    """Write the weights of a Keras file into a model.

    Args:
        model: The model; built.
        file: The open file.
        skip_mismatch: Whether what does not fit is left out, with a warning that lists it.
        by_name: Whether layers of old HDF5 files are found by name and not by order; layers that
            only one side has are left out then.
        at_once: Whether all values are read before the first is written, so that a file that turns
            out to be broken leaves the model as it was.

    Raises:
        ValueError: If anything does not fit; all of it is listed, and nothing is written.
    """
    tree = live_tree(model)
    if isinstance(file, WeightsH5File):
        plan = _plan_by_path(tree, file)
    elif isinstance(file, LegacyH5File):
        plan = _plan_by_layer(tree, file, by_name)
    elif isinstance(file, TensorBundleFile):
        plan = _plan_by_attributes(tree, file)
    else:
        raise TypeError(f"This is no file of Keras. Received: {file.path} ({file.format})")
    for assignment in list(plan.assignments):
        wanted = assignment.variable.shape
        if tuple(assignment.shape) != tuple(wanted):
            plan.assignments.remove(assignment)
            plan.problems.append(
                f"{assignment.variable.path}: shape {tuple(wanted)} in the model, "
                f"{tuple(assignment.shape)} in the file ({assignment.source})"
            )
    if plan.problems:
        _report(model, file, plan.problems, skip_mismatch)
    if at_once:
        values = [assignment.read() for assignment in plan.assignments]
        pairs = zip(plan.assignments, values, strict=True)
    else:
        pairs = ((assignment, assignment.read()) for assignment in plan.assignments)  # type: ignore[assignment]
    for assignment, value in pairs:
        assignment.variable.assign(tensor_of(value))
    for layer, name, read in plan.extras:
        layer.load_extra_array(name, read())


def _report(model: Layer, file: OpenFile, problems: list[str], skip_mismatch: bool) -> None:
    shown = "".join(f"\n  - {problem}" for problem in problems[:50])
    more = f"\n  ... and {len(problems) - 50} more" if len(problems) > 50 else ""
    message = (
        f"Weights of model '{model.name}' and of the file {file.path} do not fit in "
        f"{len(problems)} place(s):{shown}{more}\n"
    )
    if not skip_mismatch:
        raise ValueError(
            f"{message}Nothing was changed; `skip_mismatch=True` loads what fits. "
            f"Received: a {file.format} file"
        )
    warnings.warn(f"{message}These were left out (skip_mismatch=True).", stacklevel=4)


def _plan_by_path(tree: LiveTree, file: WeightsH5File) -> Plan:
    """Join by the paths that Keras 3 makes of attributes and classes."""
    plan = Plan([], [])
    known = set()
    for key, variable in tree.weight_keys():
        known.add(key)
        if key in file:
            plan.assignments.append(
                Assignment(variable, key, file[key].shape, lambda key=key: file.read(key))  # type: ignore[misc]
            )
        else:
            plan.problems.append(f"{variable.path}: the file has no array {key}")
    for source in (file, file.extras):
        for key in source:
            taker = tree.taker_of(key)
            if taker is not None:
                plan.extras.append((*taker, partial(source.read, key)))
            elif key not in known:
                shape = source[key].shape
                plan.problems.append(f"{key} {shape}: the model has no such weight")
    return plan


def _plan_by_layer(tree: LiveTree, file: LegacyH5File, by_name: bool) -> Plan:
    """Join by layers, as old files list them: by name, or in order."""
    plan = Plan([], [])
    stored = [name for name, keys in file.layers if keys and name != TOP_LEVEL]
    nodes = layers_by_name(tree.root)
    if by_name:
        nodes = {name: node for name, node in nodes.items() if name in stored}
    else:
        own = [node for node in tree.root.children if tree.layers[node.file_path].weights]
        if len(own) != len(stored):
            plan.problems.append(
                f"the model has {len(own)} layers with weights {[node.name for node in own]}, "
                f"the file {len(stored)} {stored}"
            )
            return plan
        if {node.name for node in own} != set(stored):
            nodes = {TOP_LEVEL: tree.root, **dict(zip(stored, own, strict=True))}
    file_layers = file.layers
    if by_name:
        file.layers = [(name, keys) for name, keys in file_layers if name in nodes]
    try:
        records = records_of_legacy_h5(file, nodes)
    finally:
        file.layers = file_layers
    _join_records(plan, tree, records, complete=not by_name)
    return plan


def _plan_by_attributes(tree: LiveTree, file: TensorBundleFile) -> Plan:
    """Join by the attributes that led to the variables, the layers of a model by their order."""
    plan = Plan([], [])
    root = tree.root
    if file.config is not None:
        # Of two layers that stand side by side, either may come first; names decide.
        stored = config_tree(file.config)
        if {node.path for node in stored.walk()} == {node.path for node in root.walk()}:
            root = stored
    with_weights = None
    if root is tree.root:
        nodes = {id(tree.layers[node.file_path]): node for node in root.walk()}
        with_weights = {
            path: [nodes[id(one)] for one in model.layers if one.weights]
            for path, model in tree.layers.items()
            if isinstance(model, (Functional, Sequential))
        }
    records = records_of_tensor_bundle(
        file, root, with_weights=with_weights, problems=plan.problems
    )
    _join_records(plan, tree, records, complete=True)
    return plan


def _join_records(
    plan: Plan, tree: LiveTree, records: Iterable[LayerRecord], complete: bool
) -> None:
    """Join layers by their paths; if `complete`, all of the model have to be there."""
    by_path = {node.path: node for node in tree.root.walk()}
    met = set()
    for record in records:
        node = by_path.get(record.path)
        if node is None:
            plan.problems.append(f"{record.describe()}: the model has no such layer")
            continue
        met.add(node.path)
        _join_layer(plan, record, tree.layers[node.file_path])
    if complete:
        for node in by_path.values():
            layer = tree.layers[node.file_path]
            if node.path not in met and layer._own_variables():
                plan.problems += [
                    f"{variable.path}: the file has no such weight"
                    for variable in layer._own_variables()
                ]


def _join_layer(plan: Plan, record: LayerRecord, layer: Layer) -> None:
    """Join the weights of one layer by name, through the layouts where the classes differ."""
    own = {variable.name: variable for variable in layer._own_variables()}
    layout = layer.layout
    stored = record.layout
    if record.layer_class.startswith("CuDNN") and stored is not None and layout is not None:
        converted = _once(lambda: transform.convert(stored, layout, record.weights.read_all()))  # type: ignore[arg-type]
        for name, variable in own.items():
            plan.assignments.append(
                Assignment(variable, record.path, variable.shape, lambda n=name: converted()[n])  # type: ignore[misc]
            )
        return
    names = list(record.weights)
    if set(names) != set(own) and len(names) == len(own):
        same = all(
            record.weights[name].shape == variable.shape
            for name, variable in zip(names, own.values(), strict=True)
        )
        if same:
            own = dict(zip(names, own.values(), strict=True))
    for name, variable in own.items():
        if name in record.weights:
            info = record.weights[name]
            source = record.keys.get(name, name)
            plan.assignments.append(
                Assignment(variable, source, info.shape, lambda n=name: record.weights.read(n))  # type: ignore[misc]
            )
        else:
            plan.problems.append(f"{variable.path}: the file has {names} of {record.path} only")
    plan.problems += [
        f"{record.keys.get(name, name)} {record.weights[name].shape}: the model has no such weight"
        for name in names
        if name not in own
    ]


def _once(make: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def get() -> dict[str, Any]:
        if not made:
            made.append(make())
        return made[0]

    return get
