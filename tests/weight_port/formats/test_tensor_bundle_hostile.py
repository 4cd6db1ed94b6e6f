"""Checkpoints that are damaged or lie end in an error that names the file, soon."""

from __future__ import annotations

import time

import ml_dtypes
import numpy as np
import pytest

from tests.weight_port.formats import bundle_writing as writing
from weight_port.errors import FileFormatError, LimitError
from weight_port.formats import detect, tensor_bundle
from weight_port.formats.limits import Limits
from weight_port.formats.tensor_bundle import keras_layers
from weight_port.formats.tensor_bundle.crc32c import crc32c, masked

HEAD = (b"", writing.header())
EIGHT = bytes(range(8))
GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def opened(prefix, **options):
    with tensor_bundle.open_file(prefix, **options) as file:
        keras_layers(file)
        return {name: part.read(name) for part in (file, file.optimizer) for name in part}


def refused(prefix, match, error=FileFormatError, **options):
    start = time.perf_counter()
    with pytest.raises(error, match=match) as caught:
        opened(prefix, **options)
    assert prefix.name in str(caught.value)
    assert time.perf_counter() - start < 5


def outcome(prefix):
    try:
        return "", opened(prefix)
    except FileFormatError as error:
        return str(error), {}


def write_graph(prefix, graph, name=GRAPH):
    packed = writing.varint(len(graph))
    lengths = len(graph).to_bytes(4, "little")
    between = masked(crc32c(lengths)).to_bytes(4, "little")
    data = packed + between + graph
    checksum = masked(crc32c(lengths + between + graph))
    row = writing.entry(7, (), len(data), checksum=checksum)
    writing.write_raw(prefix, [HEAD, (name.encode(), row)], data)


@pytest.mark.parametrize("endianness", [0, 1])
def test_every_type_in_both_byte_orders(tmp_path, endianness):
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.normal(size=(3, 2)).astype(getattr(ml_dtypes, name, name))
        for name in writing.NUMBERS
        if not name.startswith("u")
    }
    arrays |= {"scalar": np.float32(2.5).reshape(()), "empty": np.zeros((0, 4), np.int64)}
    writing.write_bundle(tmp_path / "c", arrays, endianness=endianness)
    read = opened(tmp_path / "c")
    assert sorted(read) == sorted(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        assert read[name].shape == array.shape
        assert read[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("part", [".index", ".data-00000-of-00001"])
def test_flips_and_cuts_at_every_byte(tmp_path, part):
    prefix = tmp_path / "c"
    arrays = {"a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True])}
    writing.write_bundle(prefix, arrays)
    path = tmp_path / f"c{part}"
    whole = path.read_bytes()
    broken = [whole[:end] for end in range(len(whole))]
    broken += [
        whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
        for at in range(len(whole))
        for bit in range(8)
    ]
    errors = 0
    for data in broken:
        path.write_bytes(data)
        message, read = outcome(prefix)
        if message:
            assert "c.index" in message
            errors += 1
            continue
        assert sorted(read) == sorted(arrays)
        assert all(np.array_equal(read[name], arrays[name]) for name in arrays)
    # Only the unused parts of the footer may change without notice.
    assert errors >= len(broken) - 8 * 48


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (writing.entry(1, (2**30, 2**30), 8), "takes .* bytes"),
        (writing.entry(1, (2**40, 2**40), 8), "no valid shape"),
        (writing.entry(1, (-2,), 8), "no valid shape"),
        (writing.entry(1, (2,), 4), "takes 8 bytes"),
        (writing.entry(1, (1 << 20,), 1 << 22), "not complete"),
        (writing.entry(1, (2,), 8, offset=2**63 - 1), "not complete"),
        (writing.entry(1, (2,), 8, offset=-8), "in a place that is none"),
        (writing.entry(1, (2,), 8, shard=7), "in a place that is none"),
        (writing.entry(20, (2,), 8), "type that weights do not have"),
        (writing.entry(1, (2,), 8, checksum=5), "another checksum"),
        (writing.entry(1, (1,) * 40, 4), "too many axes"),
        (writing.field(1, b"float"), "has to be a number"),
        (b"\x0b", "wire type 3"),
        (b"\xff" * 11, "number without an end"),
        (b"\x12\xff\xff\xff\xff\x0f", "broken"),
    ],
)
def test_entries_that_lie(tmp_path, row, match):
    writing.write_raw(tmp_path / "c", [HEAD, (b"a", row)], EIGHT)
    refused(tmp_path / "c", match)


@pytest.mark.parametrize(
    ("head", "match"),
    [
        (writing.header(shards=0), "no known version"),
        (writing.header(endianness=2), "no known version"),
        (writing.header(oldest_reader=9), "no known version"),
        (writing.header(shards=2**40), "Limits"),
        (writing.header(shards=10**9), "Limits"),
    ],
)
def test_headers_that_lie(tmp_path, head, match):
    writing.write_raw(tmp_path / "c", [(b"", head)])
    refused(tmp_path / "c", match)


@pytest.mark.parametrize(
    ("entries", "match"),
    [
        ([(b"a", b"")], "no header"),
        ([HEAD, (b"b", b""), (b"a", b"")], "have to rise"),
        ([HEAD, (b"a", b""), (b"a", b"")], "have to rise"),
        ([HEAD, (b"a\0b", writing.entry(1, (2,), 8))], "no valid name"),
        ([HEAD, (b"a\xff", writing.entry(1, (2,), 8))], "no valid name"),
        ([HEAD, (b"a" * 5000, writing.entry(1, (2,), 8))], "no valid name"),
    ],
)
def test_keys(tmp_path, entries, match):
    writing.write_raw(tmp_path / "c", entries, EIGHT)
    refused(tmp_path / "c", match)


def test_one_block_named_again_and_again(tmp_path):
    rows = [HEAD, (b"a", writing.entry(1, (2,), 8))]
    (tmp_path / "c.index").write_bytes(writing.table(rows, pointers=10_000))
    refused(tmp_path / "c", "have to rise")


def test_compressed_block(tmp_path):
    (tmp_path / "c.index").write_bytes(writing.table([HEAD], kind=1))
    refused(tmp_path / "c", "compress")


def test_limits(tmp_path):
    rows = [HEAD, *((b"k%05d" % n, writing.entry(1, (2,), 8)) for n in range(200))]
    writing.write_raw(tmp_path / "c", rows, EIGHT)
    refused(tmp_path / "c", "more entries", LimitError, limits=Limits(members=100))
    refused(tmp_path / "c", "longer", LimitError, limits=Limits(json_bytes=100))
    few = Limits(expansion_floor=100)
    refused(tmp_path / "c", "arrays together", LimitError, limits=few)


def test_files_that_are_missing_or_links(tmp_path):
    writing.write_bundle(tmp_path / "c", {"a": np.ones(2, np.float32)})
    data = tmp_path / "c.data-00000-of-00001"
    secret = tmp_path / "secret"
    data.rename(secret)
    refused(tmp_path / "c", "not there")
    data.symlink_to(secret)
    refused(tmp_path / "c", "link")
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        opened(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["../elsewhere/c", "/elsewhere/c", "..", ""])
def test_the_file_checkpoint_leads_nowhere_else(tmp_path, name):
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    writing.write_bundle(elsewhere / "c", {"a": np.ones(2, np.float32)})
    (here / "checkpoint").write_text(f'model_checkpoint_path: "{name}"\n')
    refused(here / "checkpoint", "not there|beside")


def test_parts_that_do_not_make_up_the_whole(tmp_path):
    def extent(start, length):
        return writing.field(1, writing.field(1, start) + writing.field(2, length))

    def whole(*parts):
        return writing.entry(1, (4,), 0, more=b"".join(writing.field(7, part) for part in parts))

    def written(*parts):
        writing.write_raw(
            tmp_path / "c", [HEAD, (b"\0a\0\1\1\1\x80\x82", PART), (b"a", whole(*parts))], EIGHT
        )

    PART = writing.entry(1, (2,), 8, checksum=masked(crc32c(EIGHT)))
    written(extent(0, 2))
    refused(tmp_path / "c", "do not make it up")
    written(extent(0, 2), extent(0, 2))
    refused(tmp_path / "c", "do not make it up")
    written(extent(0, 2), extent(2, 2))
    refused(tmp_path / "c", "is not there")
    written(extent(0, 5))
    refused(tmp_path / "c", "not within")
    written(extent(-1, 2))
    refused(tmp_path / "c", "not within")
    written(*[extent(0, 2)] * 5000)
    refused(tmp_path / "c", "parts", LimitError)


def test_graphs_of_objects_that_lie(tmp_path):
    def node(*children):
        links = [writing.field(1, number) + writing.field(2, name) for number, name in children]
        return writing.field(1, b"".join(writing.field(1, link) for link in links))

    write_graph(tmp_path / "c", node((9, b"x")))
    refused(tmp_path / "c", "object that is not there")
    write_graph(tmp_path / "c", b"\x0a\xff")
    refused(tmp_path / "c", "broken")
    write_graph(tmp_path / "c", node((0, b"\xff\xfe")))
    refused(tmp_path / "c", "has to be text")
    # Cycles are usual: a layer knows its model.
    write_graph(tmp_path / "c", node((1, b"a")) + node((0, b"back"), (1, b"me")))
    assert opened(tmp_path / "c") == {}
    # The paths of a long chain are as long as its square.
    chain = b"".join(node((number + 1, b"next")) for number in range(9_999)) + node()
    write_graph(tmp_path / "c", chain)
    refused(tmp_path / "c", "paths", LimitError)


def test_folders(tmp_path):
    writing.write_bundle(tmp_path / "c", {"a": np.ones(2, np.float32)})
    assert detect(tmp_path) == "tensorflow"
    assert list(opened(tmp_path)) == ["a"]
    writing.write_bundle(tmp_path / "d", {"b": np.ones(2, np.float32)})
    assert not tensor_bundle.sniff(tmp_path, b"")
    refused(tmp_path, "name one of its checkpoints")
    for end in (".index", ".data-00000-of-00001"):
        (tmp_path / f"d{end}").unlink()
    (tmp_path / "c.index").rename(tmp_path / "x")
    (tmp_path / "c.index").symlink_to(tmp_path / "x")
    refused(tmp_path, "link")


def test_detection(tmp_path):
    writing.write_bundle(tmp_path / "c", {"a": np.ones(2, np.float32)})
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "c"\n')
    for name in ("c", "c.index", "c.data-00000-of-00001", "checkpoint", ""):
        assert detect(tmp_path / name) == "tensorflow"
        assert list(opened(tmp_path / name)) == ["a"]
    (tmp_path / "d.index").write_bytes(b"no table")
    assert not tensor_bundle.sniff(tmp_path / "d.index", b"no table")
