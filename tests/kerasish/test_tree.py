"""`kerasish.tree` gives what `keras.tree` gives, or refuses what it refuses."""

import random
from collections import OrderedDict, defaultdict, deque, namedtuple

import keras
import pytest

from kerasish import tree

Pair = namedtuple("Pair", ["left", "right"])
KINDS = [list, tuple, dict, OrderedDict, "pair", "default", deque]


def make(draw, depth):
    """Return a random structure."""
    kind = draw.choice(KINDS) if depth and draw.random() < 0.8 else None
    if kind is None:
        return draw.choice([None, 1, 2.5, "text", (), [], {}])
    items = [make(draw, depth - 1) for _ in range(draw.randint(0, 3))]
    if kind == "pair":
        return Pair(make(draw, depth - 1), make(draw, depth - 1))
    if kind in (dict, OrderedDict, "default"):
        keys = draw.sample(["b", "a", "d", "c"], len(items))
        mapping = dict(zip(keys, items, strict=True))
        return defaultdict(int, mapping) if kind == "default" else kind(mapping)
    return kind(items)


def outcome(library, name, *args, **kwargs):
    try:
        return getattr(library, name)(*args, **kwargs)
    except (ValueError, TypeError) as error:
        return type(error)


def same(one, other):
    return repr(one) == repr(other) and type(one) is type(other)


def marked(*parts):
    return ("leaf", *map(repr, parts))


def without_texts(maps_to_none):
    def visit(part):
        if isinstance(part, dict) and len(part) == 1:
            return "short"
        return maps_to_none if part == "text" else None

    return visit


@pytest.mark.parametrize("seed", range(60))
def test_structures_are_treated_as_in_keras(seed):
    draw = random.Random(seed)
    a, b, c = make(draw, 3), make(draw, 3), make(draw, 2)
    count = len(keras.tree.flatten(a))
    # Keras takes no None in the shallow structure, though it is a leaf elsewhere.
    shallow, shape = (keras.tree.map_structure(lambda x: 0, one) for one in (c, a))
    calls = [
        ("flatten", a),
        ("flatten_with_path", a),
        ("is_nested", a),
        ("lists_to_tuples", a),
        ("map_structure", marked, a),
        ("map_structure", marked, a, a),
        ("map_structure", marked, a, b),
        ("map_structure", marked, c, c, c),
        ("map_structure_up_to", shallow, marked, c, c),
        ("map_structure_up_to", shape, marked, a),
        ("map_structure_up_to", [0, 0], marked, [a, b]),
        ("map_structure_up_to", shape, marked, b),
        ("map_shape_structure", marked, {"one": (1, None), "more": [(2,), [3, 4]]}),
        ("pack_sequence_as", a, list(range(count))),
        ("pack_sequence_as", a, list(range(count + 1))),
        ("pack_sequence_as", a, 3),
        ("assert_same_structure", a, a),
        ("assert_same_structure", a, b),
        ("assert_same_paths", a, b),
        ("assert_same_paths", a, keras.tree.lists_to_tuples(a)),
    ]
    for name, *args in calls:
        wanted, found = outcome(keras.tree, name, *args), outcome(tree, name, *args)
        assert same(found, wanted), (name, args, found, wanted)
    for down in (True, False):
        wanted = keras.tree.traverse(without_texts(keras.tree.MAP_TO_NONE), a, top_down=down)
        assert same(tree.traverse(without_texts(tree.MAP_TO_NONE), a, top_down=down), wanted)


def test_arguments():
    assert tree.map_structure(marked, [None, 1], none_is_leaf=False) == [None, ("leaf", "1")]
    with pytest.raises(TypeError, match="Received: 3"):
        tree.traverse(3, [1])
    with pytest.raises(ValueError, match="Received: none"):
        tree.map_structure(marked)
    with pytest.warns(DeprecationWarning, match="check_types"):
        tree.assert_same_structure([1], [2], check_types=True)
    assert set(tree.__all__) == {name for name in dir(keras.tree) if not name.startswith("_")}
