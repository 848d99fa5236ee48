"""Where the core pack trains: how batches get to a device, at which precision it works, and what one step does there.

On CUDA matrix products are of 16 bits where the loops ask for it, as they are on the CPU: bfloat16 where the card has
it, else float16 with a scaled loss. Files hold tensors of the CPU, so a run goes on wherever there is a device.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

CPU = torch.device("cpu")


def device_of(model: nn.Module) -> torch.device:
    """The device that a network lies on."""
    return next(model.parameters()).device


def put(tensor: Tensor, device: torch.device) -> Tensor:
    """Move a tensor; to CUDA by page-locked memory, so that the program need not wait for the copy."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def precision(device: torch.device) -> torch.dtype:
    """The type of matrix products in mixed precision; float32 where a device is not known to gain by another."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if device.type == "cpu" else torch.float32


def mixed(device: torch.device) -> torch.autocast:
    """Mixed precision on a device, as a context."""
    dtype = precision(device)
    if dtype is torch.float32:
        return torch.autocast("cpu", enabled=False)
    return torch.autocast(device.type, dtype)


class Steps:
    """AdamW with gradients clipped to a norm of 1, on the device that the model lies on.

    Parameters
    ----------
    model : Module
        Already on its device.
    decay : float
        Weight decay.
    """

    def __init__(self, model: nn.Module, *, decay: float) -> None:
        device = device_of(model)
        self._parameters = list(model.parameters())
        self._optimiser = torch.optim.AdamW(self._parameters, lr=1e-3, weight_decay=decay)
        self._scaler = torch.amp.GradScaler(device.type, enabled=precision(device) is torch.float16)
        self.taken = 0

    def take(self, loss: Tensor, rate: float) -> None:
        """Learn from a loss at a learning rate."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad()
        self._scaler.scale(loss).backward()
        self._scaler.unscale_(self._optimiser)
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self.taken += 1
