"""Variables that hold a time."""

from kerasish.porter.proof.clocks import times_in


def test_times() -> None:
    cells = [
        "%load_ext autoreload\nimport time\nstart = time.time()\nloss = model.fit(x, y)",
        "taken = time.perf_counter() - start\nminutes = round(taken / 60, 2)",
        "said = f'{taken:.2f}'\nmixed = f'{taken:.2f} {loss}'\nhistory = [loss, taken]",
        "times = []\nfor _ in x:\n    begin = default_timer()\n    times.append(now() - begin)",
        "total = 0\ntotal += taken\nscore: float = model.evaluate(x)\nthis is no Python",
        "total = 0\ntotal += taken\nsteps = model.predict(taken)",
    ]
    found = {"start", "taken", "minutes", "said", "begin", "times", "total"}
    assert times_in(cells) == found
