"""Every layer takes the arguments of Keras's, in Keras's order and with its defaults."""

import inspect

import keras

import kerasish

# Models of other frameworks, which nothing here can run.
ABSENT = {"FlaxLayer", "JaxLayer", "TFSMLayer"}
# A dataclass, whose defaults are made anew.
OTHER = {"InputSpec"}
# Keras 2's arguments, and names that Keras hands on by **kwargs.
MORE = {"kwargs"}


def parameters(function):
    function = function.__init__ if inspect.isclass(function) else function
    found = inspect.signature(function).parameters
    return {name: p for name, p in found.items() if name != "self"}


def plain(value):
    """A default without the form that Keras gives it: `(2, 2)` and `2` say the same."""
    while isinstance(value, tuple) and value and len(set(value)) == 1:
        value = value[0]
    return "required" if value is inspect.Parameter.empty else value


def differences(theirs, ours):
    one, other = parameters(theirs), parameters(ours)
    found = [f"no {name}" for name in one if name not in other]
    found += [f"extra {name}" for name in other if name not in one and name not in MORE]
    found += [
        f"{name}={plain(p.default)!r} in Keras, {plain(other[name].default)!r} here"
        for name, p in one.items()
        if name in other and plain(p.default) != plain(other[name].default)
    ]
    both = [name for name in one if name in other]
    if both != [name for name in other if name in both]:
        found.append(f"order {list(other)}")
    return found


def test_layers_take_the_arguments_of_keras():
    wrong = {}
    for name in dir(keras.layers):
        theirs = getattr(keras.layers, name)
        if name.startswith("_") or inspect.ismodule(theirs) or name in ABSENT | OTHER:
            continue
        if ".preprocessing." in theirs.__module__:
            continue
        ours = getattr(kerasish.layers, name, None)
        found = ["missing"] if ours is None else differences(theirs, ours)
        if found:
            wrong[name] = found
    assert not wrong, "\n".join(f"{name}: {found}" for name, found in wrong.items())
