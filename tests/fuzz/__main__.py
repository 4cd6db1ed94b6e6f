"""`python -m tests.fuzz --count 5000 --first 100000 [--format keras] [--keep FOLDER]`."""

import argparse
import sys

from tests.fuzz.run import run_all

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Mutate valid model files and read them.")
    parser.add_argument("--count", type=int, default=5000, help="mutations of each format")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--format", default=None)
    parser.add_argument("--keep", default=None, help="a folder for the files that fail")
    options = parser.parse_args()
    failed = False
    found = run_all(options.count, options.first, options.keep, options.format)
    for name, (outcomes, failures) in found.items():
        print(name, dict(outcomes))
        for failure in failures:
            failed = True
            print("   ", failure)
    sys.exit(failed)
