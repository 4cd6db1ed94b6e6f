"""Configurations of layers with all that Keras 1.2.2 and 2.0 to 2.3 wrote into them."""


def keras1(class_name, name, shape=None, dtype="float32", **more):
    config = {"name": name, "trainable": True, **more}
    if shape is not None:
        config |= {"batch_input_shape": [None, *shape], "input_dtype": dtype}
    return {"class_name": class_name, "config": config}


_KERAS1_WEIGHTS = {
    "W_regularizer": None,
    "b_regularizer": None,
    "activity_regularizer": None,
    "W_constraint": None,
    "b_constraint": None,
    "bias": True,
}


def keras1_dense(name, units, activation="linear", **more):
    config = {
        "output_dim": units,
        "init": "glorot_uniform",
        "activation": activation,
        "input_dim": None,
        **_KERAS1_WEIGHTS,
    }
    return keras1("Dense", name, **{**config, **more})


def keras1_recurrent(class_name, name, units, sequences=False, less="cpu", **more):
    config = {
        "return_sequences": sequences,
        "go_backwards": False,
        "stateful": False,
        "unroll": False,
        "consume_less": less,
        "input_dim": 3,
        "input_length": None,
        "output_dim": units,
        "init": "glorot_uniform",
        "inner_init": "orthogonal",
        "activation": "tanh",
        "inner_activation": "hard_sigmoid",
        "W_regularizer": {"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.01},
        "U_regularizer": None,
        "b_regularizer": None,
        "dropout_W": 0.0,
        "dropout_U": 0.0,
    }
    if class_name == "LSTM":
        config["forget_bias_init"] = "one"
    return keras1(class_name, name, **{**config, **more})


def keras2(class_name, name, shape=None, **more):
    config = {"name": name, "trainable": True}
    if shape is not None:
        config |= {"batch_input_shape": [None, *shape], "dtype": "float32"}
    return {"class_name": class_name, "config": {**config, **more}}


_GLOROT = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
}
_ORTHOGONAL = {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}}
_ZEROS = {"class_name": "Zeros", "config": {}}


def keras2_dense(name, units, activation="linear", **more):
    config = {
        "units": units,
        "activation": activation,
        "use_bias": True,
        "kernel_initializer": _GLOROT,
        "bias_initializer": _ZEROS,
    }
    empty = ("kernel_regularizer", "bias_regularizer", "activity_regularizer")
    nothing = dict.fromkeys((*empty, "kernel_constraint", "bias_constraint"))
    return keras2("Dense", name, **{**config, **nothing, **more})


def keras2_recurrent(class_name, name, units, sequences=False, gate="hard_sigmoid", **more):
    config = {
        "return_sequences": sequences,
        "return_state": False,
        "go_backwards": False,
        "stateful": False,
        "units": units,
        "kernel_initializer": _GLOROT,
        "recurrent_initializer": _ORTHOGONAL,
        "bias_initializer": _ZEROS,
        **dict.fromkeys(
            f"{weight}_{kind}"
            for kind in ("regularizer", "constraint")
            for weight in ("kernel", "recurrent", "bias")
        ),
        "activity_regularizer": None,
    }
    if class_name.endswith("LSTM"):
        config["unit_forget_bias"] = True
    if not class_name.startswith("CuDNN"):
        config |= {
            "unroll": False,
            "activation": "tanh",
            "recurrent_activation": gate,
            "use_bias": True,
            "dropout": 0.0,
            "recurrent_dropout": 0.0,
            "implementation": 1,
        }
    return keras2(class_name, name, **{**config, **more})


def wrapper(class_name, name, layer, shape=None, **more):
    return keras2(class_name, name, shape, layer=layer, **more)


def called(entry, *inputs):
    """A layer in a Functional model, with the layers whose outputs go in."""
    tensors = [[one, 0, 0, {}] if isinstance(one, str) else [*one, {}] for one in inputs]
    calls = [tensors] if tensors else []
    return {"name": entry["config"]["name"], **entry, "inbound_nodes": calls}


def functional(name, entries, inputs, outputs):
    ends = {"input_layers": [[i, 0, 0] for i in inputs], "output_layers": outputs}
    return {"class_name": "Model", "config": {"name": name, "layers": entries, **ends}}


def keras2_input(name, shape):
    config = {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False}
    return called({"class_name": "InputLayer", "config": {**config, "name": name}})


def bare_list(*entries):
    """A Sequential model as Keras 1 and Keras 2 up to 2.2 wrote it."""
    return {"class_name": "Sequential", "config": list(entries)}
