"""Distributed data parallel on a Functional RNN model: two processes over gloo."""

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel

from kerasish.layers import LSTM, Input
from kerasish.models import Model


def make_model():
    inputs = Input((4, 2))
    return Model(inputs, LSTM(3, name="lstm")(inputs))


def train(model, batches):
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.5)
    for x, y in batches:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()


def worker(rank, store, state, data, results):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    model = make_model()
    model.load_state_dict(state)
    half = [(x[rank::2], y[rank::2]) for x, y in data]
    train(DistributedDataParallel(model), half)
    if rank == 0:
        torch.save([w.numpy() for w in model.weights], results)
    dist.destroy_process_group()


def test_two_processes_train_as_one(tmp_path):
    model = make_model()
    data = [(torch.randn(6, 4, 2), torch.randn(6, 3)) for _ in range(3)]
    arguments = (str(tmp_path / "store"), model.state_dict(), data, str(tmp_path / "weights.pt"))
    mp.spawn(worker, args=arguments, nprocs=2)
    train(model, data)
    found = torch.load(tmp_path / "weights.pt", weights_only=False)
    for one, other in zip(found, model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
