"""Write the golden files of Keras 3: `python -m tests.golden.make_keras3`."""

import os
import warnings

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras

from tests.golden.architectures import ARCHITECTURES
from tests.golden.index import replace_entries
from tests.golden.writing import clear, entry, prepared

# Which of the models are also written in these formats.
WEIGHTS = (
    *("lstm_stacked", "bidirectional_concat", "stacked_cells", "nested_functional"),
    *("time_distributed_model", "conv_lstm_2d", "rnn_of_cell", "embedding_masked_gru"),
    *("lstm_sequential", "batch_normalization"),
)
LEGACY = (*WEIGHTS[:8], "gru_reset_after", "gru_reset_before", "lstm_stateful", "lstm_double")
LEGACY_WEIGHTS = ("lstm_stacked", "nested_functional", "bidirectional_concat")
COMPILED = ("lstm_stacked", "gru_reset_after")


def main():
    folder = clear("keras3")
    writer = f"keras {keras.__version__}"
    entries = []
    for seed, (name, make) in enumerate(ARCHITECTURES.items()):
        model, common = prepared(make, keras, folder, seed)
        if name in COMPILED:
            model.compile("adam", "mse")
        full = folder / f"{name}.keras"
        model.save(full)
        common = {"writer": writer, **common, "trained": name in COMPILED}
        entries.append(entry(full, common, format="keras"))
        whole = entries[-1]["file"]
        for names, ending, kind in (
            (WEIGHTS, ".weights.h5", "weights.h5"),
            (LEGACY, ".h5", "h5"),
            (LEGACY_WEIGHTS, ".legacy_weights.h5", "h5 weights"),
        ):
            if name not in names:
                continue
            path = folder / f"{name}{ending}"
            if kind == "weights.h5":
                model.save_weights(path)
            elif kind == "h5":
                model.save(path)
            else:
                save_legacy_weights(model, path)
            more = {} if kind == "h5" else {"model": whole}
            entries.append(entry(path, common, format=kind, **more))
    replace_entries("make_keras3.py", entries)


def save_legacy_weights(model, path):
    """Write the weights alone in the old layout, as Keras 3 does for models in an `.h5` file."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
