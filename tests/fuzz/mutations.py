"""Changes of a valid file: of bytes anywhere, and of the parts that its format lives by."""

import io
import json
import random
import struct
import zipfile


def flip_bits(data, rng):
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def set_bytes(data, rng):
    changed = bytearray(data)
    at = rng.randrange(len(changed))
    value = rng.choice((b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\xff" * 8, b"\x01\x00\x00\x00"))
    changed[at : at + len(value)] = value
    return bytes(changed[: len(data)])


def cut(data, rng):
    return data[: rng.randrange(len(data))]


def insert(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.choice((1, 4, 64))) + data[at:]


def remove(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice((1, 4, 64)) :]


def swap_blocks(data, rng):
    size = rng.choice((4, 16, 64))
    one, two = sorted(rng.randrange(max(1, len(data) - size)) for _ in range(2))
    if two - one < size:
        return flip_bits(data, rng)
    middle = data[one + size : two]
    return (
        data[:one] + data[two : two + size] + middle + data[one : one + size] + data[two + size :]
    )


def head(data, rng):
    """Bytes near the start, where formats keep what describes the rest."""
    changed = bytearray(data)
    changed[rng.randrange(min(len(changed), 512))] = rng.randrange(256)
    return bytes(changed)


def tail(data, rng):
    """Bytes near the end, where zip files keep their directory."""
    changed = bytearray(data)
    changed[-1 - rng.randrange(min(len(changed), 512))] = rng.randrange(256)
    return bytes(changed)


def numbers(data, rng):
    """A number of 4 or 8 bytes, as sizes and offsets are stored, replaced by another."""
    size, code = rng.choice(((4, "<I"), (8, "<Q")))
    at = rng.randrange(max(1, len(data) - size))
    value = rng.choice((0, 1, 2**31 - 1, 2 ** (8 * size) - 1, len(data), rng.randrange(1 << 16)))
    return data[:at] + struct.pack(code, value) + data[at + size :]


def member(data, rng):
    """A member of a zip file changed, and the archive written anew with right checksums."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except zipfile.BadZipFile:
        return flip_bits(data, rng)
    chosen = rng.randrange(len(members))
    name, content = members[chosen]
    if name.endswith(".json"):
        content = json_value(content, rng)
    elif content:
        content = rng.choice(PLAIN)(content, rng)
    members[chosen] = (name, content)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def json_value(data, rng):
    """One value of a JSON text replaced."""
    root = {"root": json.loads(data)}
    places = []
    pending = [root]
    while pending:
        value = pending.pop()
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            places.append((value, key))
            if isinstance(item, (dict, list)) and item:
                pending.append(item)
    holder, key = rng.choice(places)
    holder[key] = rng.choice(
        (None, -1, 0, 10**12, 1.5, "", "os.system", [], {}, [[]], True, {"class_name": "Dense"})
    )
    return json.dumps(root["root"]).encode()


PLAIN = (flip_bits, set_bytes, cut, insert, remove, swap_blocks, head, tail, numbers)


def mutate(data, seed, is_zip):
    """A mutation of a file, the same for the same seed."""
    rng = random.Random(seed)
    change = member if is_zip and rng.random() < 0.5 else rng.choice(PLAIN)
    return change(data, rng), change.__name__
