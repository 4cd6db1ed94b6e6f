"""Mutations in processes of their own, so that a crash or a hang is found and not suffered."""

import multiprocessing
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.check import check, contents
from tests.fuzz.mutations import mutate
from tests.golden.index import FOLDER, read
from weight_port import formats

SECONDS, MEGABYTES = 10, 1500


def sources(folder):
    """A small valid file of each format, by the format's name."""
    chosen = {
        "keras": "keras3/gru_reset_after.keras",
        "keras of Keras 2": "tf_keras/gru_reset_before.keras",
        "h5": "handmade/keras2_lstm.h5",
        "h5 of Keras 3": "keras3/gru_reset_after.h5",
        "weights.h5": "keras3/lstm_stacked.weights.h5",
    }
    known = {entry["file"] for entry in read()}
    files = {}
    for name, file in chosen.items():
        assert file in known, file
        files[name] = FOLDER / file
    from weight_port.convert import convert_file

    for ending in ("safetensors", "npz", "pt"):
        files[ending] = folder / f"valid.{ending}"
        convert_file(FOLDER / chosen["keras"], files[ending])
    return files


def _work(path, seeds, current, results, folder):
    """Check mutations, noting which is at work."""
    import resource

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 + 4096
    resource.setrlimit(resource.RLIMIT_AS, (size + MEGABYTES << 20,) * 2)
    original, of_format = contents(path), formats.detect(path)
    data = path.read_bytes()
    is_zip = data.startswith(b"PK")
    target = Path(folder) / f"mutated{''.join(path.suffixes)}"
    for seed in seeds:
        current.value = seed
        changed, how = mutate(data, seed, is_zip)
        target.write_bytes(changed)
        whole = seed % 4 == 0 and of_format in ("keras", "h5")
        # A member that was changed has its right checksum again.
        kind = "h5" if how == "member" else of_format
        try:
            began = time.monotonic()
            outcome = check(target, original, kind, whole=whole)
            assert time.monotonic() - began < SECONDS, "it took too long"
        except BaseException as error:
            outcome = f"FAILED seed {seed} ({how}): {type(error).__name__}: {str(error)[:300]}"
        results.put((seed, outcome))
    current.value = -1


def run_format(path, first, count, keep=None):
    """Check mutations of one file.

    Args:
        path: A valid file.
        first: The first seed.
        count: How many.
        keep: A folder for the files that fail.

    Returns:
        How many came to what, and the failures as text.
    """
    context = multiprocessing.get_context("spawn")
    outcomes, failures = Counter(), []
    waiting = list(range(first, first + count))
    with tempfile.TemporaryDirectory() as folder:
        while waiting:
            current, results = context.Value("q", -2), context.Queue()
            process = context.Process(
                target=_work, args=(path, waiting, current, results, folder), daemon=True
            )
            process.start()
            done, last = set(), time.monotonic()
            while process.is_alive() or not results.empty():
                try:
                    seed, outcome = results.get(timeout=0.5)
                except Exception:  # the queue is empty for now
                    idle = time.monotonic() - last
                    if current.value != -2 and idle > 3 * SECONDS:
                        process.kill()
                        break
                    continue
                last = time.monotonic()
                done.add(seed)
                if outcome.startswith("FAILED"):
                    failures.append(outcome)
                outcomes[outcome.split()[0]] += 1
            process.join()
            waiting = [seed for seed in waiting if seed not in done]
            if waiting:
                ended = f"FAILED seed {waiting[0]}: the process ended with {process.exitcode}"
                failures.append(ended)
                outcomes["FAILED"] += 1
                waiting = waiting[1:]
    if keep is not None:
        _keep(path, failures, Path(keep))
    return outcomes, failures


def _keep(path, failures, folder):
    data = path.read_bytes()
    for failure in failures:
        seed = int(failure.split()[2].rstrip(":"))
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / f"{path.stem}-{seed}{path.suffix}"
        name.write_bytes(mutate(data, seed, data.startswith(b"PK"))[0])


def run_all(count, first=0, keep=None, only=None):
    """Check mutations of a file of each format; return outcomes and failures by format."""
    folder = Path(tempfile.mkdtemp())
    try:
        return {
            name: run_format(path, first, count, keep)
            for name, path in sources(folder).items()
            if only in (None, name)
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
