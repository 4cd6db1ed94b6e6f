"""What each process of a test runs; imports no Keras, so that processes start quickly."""

import numpy as np
import torch
from torch import distributed

import kerasish


def batch(rank):
    """What each process is given: batches of two sizes."""
    return torch.tensor(np.random.default_rng(rank).normal(rank, 2, (3 + rank, 4, 2)))


def process(rank, folder):
    store = distributed.FileStore(f"{folder}/store", 2)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=2)
    torch.set_num_threads(1)
    layer = kerasish.layers.BatchNormalization(synchronized=True, dtype="float64")
    x = batch(rank).requires_grad_()
    result = layer(x, training=True)
    result.sin().sum().backward()
    torch.save([result.detach(), x.grad, layer.norm.running_var], f"{folder}/{rank}.pt")
    distributed.destroy_process_group()
