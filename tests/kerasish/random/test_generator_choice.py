"""Keras's generator or torch's, and the states of the seed generators of layers."""

import numpy as np
import pytest
import torch

import kerasish
from kerasish import config, initializers, layers, random
from kerasish.models import load_model
from weight_port import port

X = torch.linspace(-2, 2, 60).reshape(5, 3, 4)


@pytest.fixture
def torch_generator():
    config.set_random_generator("torch")
    yield
    config.set_random_generator("keras")


def noisy_model():
    return kerasish.Sequential(
        [
            kerasish.Input((3, 4)),
            layers.Dropout(0.4, name="a"),
            layers.GaussianNoise(0.3, name="b"),
            layers.GRU(2, dropout=0.3, return_sequences=True, name="c"),
            layers.Bidirectional(layers.SimpleRNN(2), name="d"),
        ]
    )


NOISE = {
    "dropout": lambda **o: layers.Dropout(0.4, **o),
    "shape": lambda **o: layers.Dropout(0.4, noise_shape=(None, 1, None), **o),
    "alpha dropout": lambda **o: layers.AlphaDropout(0.4, **o),
    "gaussian noise": lambda **o: layers.GaussianNoise(0.4, **o),
    "gaussian dropout": lambda **o: layers.GaussianDropout(0.4, **o),
    "recurrent": lambda **o: layers.SimpleRNN(4, "relu", recurrent_dropout=0.4, **o),
}
DRAWS = {
    "uniform": lambda seed: random.uniform((40,), -1, 3, seed=seed),
    "normal": lambda seed: random.normal((40,), -1, 3, seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((40,), -1, 3, seed=seed),
    "randint": lambda seed: random.randint((40,), 3, 90, seed=seed),
    "categorical": lambda seed: random.categorical(torch.zeros(2, 9), 20, seed=seed),
    "gamma": lambda seed: random.gamma((40,), 2.0, seed=seed),
    "beta": lambda seed: random.beta((40,), 2.0, 3.0, seed=seed),
    "binomial": lambda seed: random.binomial((40,), 90, 0.5, seed=seed),
    "dropout": lambda seed: random.dropout(X, 0.3, seed=seed),
    "dropout of a shape": lambda seed: random.dropout(X, 0.3, (5, 1, 4), seed=seed),
    "shuffle": lambda seed: random.shuffle(X.flatten(), seed=seed),
    "initializer": lambda seed: initializers.HeNormal(seed)((5, 8)),
    "orthogonal": lambda seed: initializers.Orthogonal(seed=seed)((5, 8)),
}


def twice(draw, manual_seed):
    results = []
    for _ in range(2):
        manual_seed(3)
        results.append(draw())
    return torch.equal(*results)


@pytest.mark.parametrize("name", NOISE)
@pytest.mark.usefixtures("torch_generator")
def test_layers_draw_from_torch(name):
    layer = NOISE[name]()
    layer(X)
    before = layer.seed_generator.state.tolist()
    assert twice(lambda: layer(X, training=True), torch.manual_seed)
    assert not torch.equal(layer(X, training=True), layer(X, training=True))
    assert layer.seed_generator.state.tolist() == before


@pytest.mark.parametrize("name", NOISE)
@pytest.mark.usefixtures("torch_generator")
def test_a_seed_of_its_own_is_kept(name):
    chosen, keras_s = NOISE[name](seed=5), NOISE[name](seed=5)
    chosen(X), keras_s(X)
    keras_s.set_weights(chosen.get_weights())
    found = chosen(X, training=True)
    config.set_random_generator("keras")
    assert torch.equal(keras_s(X, training=True), found)


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.usefixtures("torch_generator")
def test_functions_draw_from_torch_without_a_seed(name):
    draw = DRAWS[name]
    assert twice(lambda: draw(None), torch.manual_seed)
    assert not torch.equal(draw(None), draw(None))
    seeded = draw(7)
    config.set_random_generator("keras")
    assert torch.equal(draw(7), seeded)
    assert not twice(lambda: draw(None), torch.manual_seed)


@pytest.mark.usefixtures("torch_generator")
def test_torch_draws_the_same_distributions():
    for name, mean, deviation in (
        ("uniform", 0.5, 12**-0.5),
        ("normal", 0.0, 1.0),
        ("truncated_normal", 0.0, 0.87962566),
    ):
        values = getattr(random, name)((200_000,), dtype="float64")
        torch.testing.assert_close(values.mean().item(), mean, atol=0.01, rtol=0)
        torch.testing.assert_close(values.std().item(), deviation, atol=0.01, rtol=0)
    integers = random.randint((200_000,), -3, 4)
    assert integers.unique().tolist() == [-3, -2, -1, 0, 1, 2, 3]


@pytest.mark.usefixtures("torch_generator")
def test_seed_generators_without_a_seed_leave_it_to_torch():
    unseeded, seeded = random.SeedGenerator(), random.SeedGenerator(3)
    assert twice(lambda: random.uniform((5,), seed=unseeded), torch.manual_seed)
    assert not twice(lambda: random.uniform((5,), seed=seeded), torch.manual_seed)
    images = layers.RandomBrightness(0.3)
    assert twice(lambda: images(X), torch.manual_seed)


def test_unknown_generators_are_refused():
    with pytest.raises(ValueError, match=r"expects one of .* Received: 'philox'"):
        config.set_random_generator("philox")
    assert config.random_generator() == "keras"


@pytest.mark.parametrize("generator", ["keras", "torch"])
def test_compiled_code(generator):
    """It traces without breaks, and draws Keras's numbers there too."""
    model = noisy_model().train()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    config.set_random_generator(generator)
    try:
        state = {key: value.clone() for key, value in model.state_dict().items()}
        found = [compiled(X).detach() for _ in range(3)]
        after = model.state_dict()
        model.load_state_dict(state)
        expected = [model(X).detach() for _ in range(3)]
        assert not torch.equal(found[0], found[1])
        if generator == "keras":
            torch.testing.assert_close(found, expected)
            torch.testing.assert_close(after, model.state_dict())
        else:
            torch.testing.assert_close(after, state)
    finally:
        config.set_random_generator("keras")


def test_exported_training_moves_on():
    model = kerasish.Sequential([kerasish.Input((3, 4)), layers.Dropout(0.4, seed=1)]).train()
    program = torch.export.export(model, (X,)).module()
    again = layers.Dropout(0.4, seed=1)
    for _ in range(2):
        torch.testing.assert_close(program(X), again(X, training=True))


def test_meta_and_shapes_draw_nothing():
    layer = layers.Dropout(0.5, seed=3)
    assert layer(X.to("meta"), training=True).shape == X.shape
    assert layer.seed_generator.state.tolist() == [3, 0]


def test_state_dict_holds_the_states(tmp_path):
    model, other = noisy_model(), noisy_model()
    model(X, training=True)
    state = model.state_dict()
    seeds = {key: value.tolist() for key, value in state.items() if key.endswith(".seed_state")}
    # The layer without dropout draws nothing, so has no state.
    assert [value[1] for value in seeds.values()] == [1, 1, 1]
    assert len(model.get_weights()) == len(model.weights) == 9
    torch.save(state, tmp_path / "state.pt")
    other.load_state_dict(torch.load(tmp_path / "state.pt"))
    assert torch.equal(model(X, training=True), other(X, training=True))
    # Without states, as before they were kept, the generators stay where they are.
    weights = {key: value for key, value in state.items() if key not in seeds}
    before = noisy_model().state_dict()
    third = noisy_model()
    third.load_state_dict(before)
    assert third.load_state_dict(weights) == ([], [])
    for key in seeds:
        assert torch.equal(third.state_dict()[key], before[key])
    with pytest.raises(RuntimeError, match=r"seed_state is the state of a seed generator.*Rec"):
        third.load_state_dict({**state, next(iter(seeds)): torch.zeros(3)})
    with pytest.raises(RuntimeError, match=r"Unexpected key.*dense\.seed_state"):
        third.load_state_dict({**state, "dense.seed_state": torch.zeros(2)})


@pytest.mark.parametrize("ending", ["safetensors", "pt", "weights.h5", "keras"])
def test_files_hold_weights_alone(tmp_path, ending):
    """As in Keras. A file that torch wrote, with the states, is read all the same."""
    model, other = noisy_model(), noisy_model()
    before = [value for key, value in other.state_dict().items() if key.endswith(".seed_state")]
    path = tmp_path / f"model.{ending}"
    if ending == "keras":
        model.save(path)
        loaded = load_model(path)
    else:
        model.save_weights(path)
        other.load_weights(path)
        after = [value for key, value in other.state_dict().items() if key.endswith(".seed_state")]
        assert [v.tolist() for v in after] == [v.tolist() for v in before]
        loaded = other
    for one, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, expected)
    if ending == "pt":
        torch.save(model.state_dict(), path)
        third, fourth = noisy_model(), noisy_model()
        third.load_weights(path)
        port(model.state_dict(), fourth)
        for one in (third, fourth):
            for weight, expected in zip(one.get_weights(), model.get_weights(), strict=True):
                np.testing.assert_array_equal(weight, expected)


def test_custom_layers_keep_their_generators():
    class Noise(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.draws = random.SeedGenerator(11)

        def call(self, inputs, training=False):
            return inputs + random.normal(inputs.shape, seed=self.draws) if training else inputs

    layer, other = Noise(), Noise()
    for _ in range(3):
        layer(X, training=True)
    assert layer.state_dict()["draws.seed_state"].tolist() == [11, 3]
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(X, training=True), layer(X, training=True))
    # Each step of time draws by itself, as in Keras.
    layers.TimeDistributed(other)(X, training=True)
    assert other.draws.state.tolist() == [11, 4 + X.shape[1]]
