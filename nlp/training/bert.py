"""MiniLM in plain torch, as it is taught. Weights come from a folder with model.safetensors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  torch's own custom
from safetensors.torch import load_file
from torch import nn

from nlp.encoder import OUTPUTS

WIDTH, INNER, HEADS, LAYERS = 384, 1536, 12, 6
DROP = 0.1


class Layer(nn.Module):
    """Attention and a feed-forward net, each added to its input and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.i, self.u = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.l1, self.l2 = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """x: (posts, pieces, WIDTH). mask: (posts, 1, 1, pieces), true where there is a piece."""
        posts, pieces, _ = x.shape
        parts = self.qkv(x).view(posts, pieces, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        drop = DROP if self.training else 0.0
        seen = F.scaled_dot_product_attention(*parts, attn_mask=mask, dropout_p=drop)
        seen = self.o(seen.transpose(1, 2).reshape(posts, pieces, WIDTH))
        x = self.l1(x + F.dropout(seen, DROP, self.training))
        out: torch.Tensor = self.l2(x + F.dropout(self.u(F.gelu(self.i(x))), DROP, self.training))
        return out


class Bert(nn.Module):
    """The layers over the embedded pieces."""

    def __init__(self) -> None:
        super().__init__()
        self.we, self.pe = nn.Embedding(30_522, WIDTH), nn.Embedding(512, WIDTH)
        self.te = nn.Parameter(torch.zeros(WIDTH))
        self.ln = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList([Layer() for _ in range(LAYERS)])

    def forward(self, numbers: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """numbers, mask: (posts, pieces). States (posts, pieces, WIDTH)."""
        x = self.ln(self.we(numbers) + self.pe.weight[: numbers.shape[1]] + self.te)
        x = F.dropout(x, DROP, self.training)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
        return x


class Reader(nn.Module):
    """Bert with a head over the mean and the maximum of the states."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.b = Bert()
        self.b.load_state_dict(_minilm(folder))
        self.h = nn.Linear(2 * WIDTH, OUTPUTS)
        nn.init.normal_(self.h.weight, std=0.02)
        nn.init.zeros_(self.h.bias)

    def forward(self, numbers: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Scores (posts, OUTPUTS)."""
        states = self.b(numbers, mask).float()
        here = mask[..., None]
        mean = (states * here).sum(1) / here.sum(1)
        most = states.masked_fill(~here, -1e4).amax(1)
        out: torch.Tensor = self.h(F.dropout(torch.cat([mean, most], 1), DROP, self.training))
        return out


def padded(posts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Piece numbers and mask (posts, longest) of posts of different lengths."""
    numbers = torch.zeros(len(posts), max(map(len, posts)), dtype=torch.long)
    mask = torch.zeros_like(numbers, dtype=torch.bool)
    for row, post in enumerate(posts):
        numbers[row, : len(post)] = torch.tensor(post)
        mask[row, : len(post)] = True
    return numbers, mask


def _minilm(folder: Path) -> dict[str, Any]:
    """The names of the published weights, in ours."""
    got = load_file(folder / "model.safetensors")
    named = {
        "we.weight": got["embeddings.word_embeddings.weight"],
        "pe.weight": got["embeddings.position_embeddings.weight"],
        "te": got["embeddings.token_type_embeddings.weight"][0],
        "ln.weight": got["embeddings.LayerNorm.weight"],
        "ln.bias": got["embeddings.LayerNorm.bias"],
    }
    theirs = {
        "o": "attention.output.dense",
        "l1": "attention.output.LayerNorm",
        "i": "intermediate.dense",
        "u": "output.dense",
        "l2": "output.LayerNorm",
    }
    for at in range(LAYERS):
        for kind in ("weight", "bias"):
            self_ = [
                got[f"encoder.layer.{at}.attention.self.{one}.{kind}"] for one in ("query", "key", "value")
            ]
            named[f"layers.{at}.qkv.{kind}"] = torch.cat(self_)
            for mine, their in theirs.items():
                named[f"layers.{at}.{mine}.{kind}"] = got[f"encoder.layer.{at}.{their}.{kind}"]
    return named
