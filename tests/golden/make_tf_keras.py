"""Write the golden files of tf-keras (Keras 2): `python -m tests.golden.make_tf_keras`."""

import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import tensorflow as tf
import tf_keras

from tests.golden.architectures import ARCHITECTURES
from tests.golden.index import replace_entries
from tests.golden.writing import clear, entry, prepared

ZIPPED = (
    *("lstm_stacked", "lstm_sequential", "bidirectional_concat", "lstm_stateful"),
    *("embedding_masked_gru", "encoder_decoder_lstm", "nested_functional", "nested_sequential"),
    *("time_distributed_model", "conv_lstm_2d", "stacked_cells", "gru_reset_before"),
    *("lstm_hard_sigmoid", "batch_normalization"),
)
WEIGHTS = ("lstm_stacked", "nested_functional", "stacked_cells", "bidirectional_concat")
CHECKPOINTS = ("lstm_stacked", "gru_reset_after", "bidirectional_concat", "nested_functional")
# Of a training loop of one's own: the model is one of the parts.
WHOLE_CHECKPOINTS = ("gru_reset_after",)
SAVED_MODELS = ("embedding_flat",)
# Left out to keep the folder small.
WITHOUT_FILES = (
    *("bidirectional_sum", "bidirectional_mul", "bidirectional_ave", "attention_dot", "merges"),
    *("bidirectional_encoder_decoder", "layer_normalization", "reshaping", "stacked_cells_layer"),
    *("time_distributed_dense", "nested_as_output", "lstm_without_bias"),
)
COMPILED = ("lstm_stacked",)


def main():
    folder = clear("tf_keras")
    writer = f"tf-keras {tf_keras.__version__}"
    entries = []
    for seed, (name, make) in enumerate(ARCHITECTURES.items()):
        if name in WITHOUT_FILES:
            continue
        model, common = prepared(make, tf_keras, folder, 1000 + seed)
        if name in COMPILED:
            model.compile(tf_keras.optimizers.Adam(), "mse")
        common = {"writer": writer, **common, "trained": name in COMPILED}
        path = folder / f"{name}.h5"
        model.save(path, save_format="h5")
        entries.append(entry(path, common, format="h5"))
        whole = entries[-1]["file"]
        if name in ZIPPED:
            path = folder / f"{name}.keras"
            model.save(path, save_format="keras")
            entries.append(entry(path, common, format="keras"))
        if name in WEIGHTS:
            path = folder / f"{name}.legacy_weights.h5"
            model.save_weights(path)
            entries.append(entry(path, common, format="h5 weights", model=whole))
            path = folder / f"{name}.weights.h5"
            model.save_weights(path)
            entries.append(entry(path, common, format="weights.h5", model=whole))
        if name in CHECKPOINTS:
            path = folder / f"{name}.checkpoint" / "weights"
            path.parent.mkdir()
            if name in WHOLE_CHECKPOINTS:
                tf.train.Checkpoint(model=model).write(str(path))
            else:
                model.save_weights(path, save_format="tf")
            entries.append(entry(path, common, format="tf checkpoint", model=whole))
        if name in SAVED_MODELS:
            path = folder / f"{name}.saved_model"
            model.save(path, save_format="tf")
            entries.append(entry(path, common, format="saved model", model=whole))
    replace_entries("make_tf_keras.py", entries)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
