"""What runs in the kernels of both sides. It imports nothing of kerasish: the original has none."""
