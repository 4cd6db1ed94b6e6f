"""Write files as old versions of Keras wrote them: `python -m tests.golden.make_handmade`.

No old Keras is run. The files are built with h5py in the layout of each version, and the outputs
beside them are computed with NumPy from the weights of each gate.
"""

import h5py
import numpy as np

from tests.golden import handmade_keras1, handmade_keras2
from tests.golden.index import FOLDER, generator, layer_classes, replace_entries, write_arrays
from tests.golden.old_layout import write_model, write_weights
from tests.golden.writing import clear, entry


def main():
    folder = clear("handmade")
    entries = []
    makers = {**handmade_keras1.MODELS, **handmade_keras2.MODELS}
    for (name, version), make in makers.items():
        config, weights, inputs, outputs = make(generator(name))
        path = folder / f"{name}.h5"
        write_model(path, version, config, weights)
        arrays = folder / f"{name}.npz"
        write_arrays(arrays, inputs, [np.asarray(one, "float32") for one in outputs])
        common = {
            "writer": f"keras {version}, built by hand",
            "architecture": name,
            "data": arrays.relative_to(FOLDER).as_posix(),
            "layers": layer_classes(config),
            "rtol": 1e-5,
            "atol": 1e-5,
            "trained": False,
        }
        entries.append(entry(path, common, format="h5"))
        if name in ("keras2_lstm", "keras2_cudnn_gru", "keras1_lstm"):
            path = folder / f"{name}.legacy_weights.h5"
            with h5py.File(path, "w") as file:
                write_weights(file, version, weights)
            model = entries[-1]["file"]
            entries.append(entry(path, common, format="h5 weights", model=model))
    replace_entries("make_handmade.py", entries)


if __name__ == "__main__":
    main()
