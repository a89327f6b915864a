"""A taught encoder as the files that `nlp.encoder` reads: whole numbers of eight bits, scales fixed.

Weights: int8, one scale per output. What flows between the layers: uint8, one scale and zero per
place, set by what `typical` posts bring there, so that no post changes the rounding of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from nlp.training.bert import HEADS, LAYERS, WIDTH, Bert, Reader
from nlp.wordpiece import LONGEST

PARTS = 4  # files of piece rows, so that each stays small
_OURS = "com.microsoft"  # onnxruntime's own operators

Ranges = dict[str, tuple[float, float]]


def export(reader: Reader, typical: Sequence[Sequence[int]], pieces: Sequence[str], folder: Path) -> None:
    """Write `reader` to `folder`. pieces: the whole vocabulary, of which the useful part is kept.

    typical: piece numbers of a few hundred posts, by which the scales between layers are set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("pieces-*.npy"), *folder.glob("layer-*.bin")]:
        old.unlink()
    weights = {name: value.detach().float().numpy() for name, value in reader.state_dict().items()}
    kept = [at for at, piece in enumerate(pieces) if useful(piece)]
    (folder / "vocab.txt").write_text("\n".join(pieces[at] for at in kept) + "\n", encoding="utf-8")
    rows = weights["b.we.weight"][kept]
    scale = np.abs(rows).max(axis=1) / 127
    for part, some in enumerate(np.array_split(np.round(rows / scale[:, None]).astype(np.int8), PARTS)):
        np.save(folder / f"pieces-{part}.npy", some)
    np.savez_compressed(
        folder / "tables.npz",
        scale=scale.astype(np.float32),
        positions=(weights["b.pe.weight"][:LONGEST] + weights["b.te"]).astype(np.float16),
        head=weights["h.weight"].astype(np.float32),
        bias=weights["h.bias"].astype(np.float32),
    )
    _Graph(weights, ranges(reader.b, typical), folder).write()


def useful(piece: str) -> bool:
    """Whether English posts may need a piece: Latin letters, marks and the three control pieces."""
    return not piece.startswith("[unused") and all(
        ord(mark) < 0x250 or 0x2010 <= ord(mark) <= 0x2122 for mark in piece
    )


def ranges(bert: Bert, typical: Sequence[Sequence[int]]) -> Ranges:
    """Least and greatest value that comes into each linear layer."""
    seen: Ranges = {}

    def watch(name: str) -> Any:
        def hook(_: object, inputs: tuple[torch.Tensor, ...], __: object) -> None:
            low, high = seen.get(name, (0.0, 0.0))
            seen[name] = (min(low, float(inputs[0].min())), max(high, float(inputs[0].max())))

        return hook

    linear = [(f"b.{name}", one) for name, one in bert.named_modules() if isinstance(one, torch.nn.Linear)]
    hooks = [one.register_forward_hook(watch(name)) for name, one in linear]
    bert.eval()
    with torch.no_grad():
        for post in typical:
            bert(torch.tensor([list(post)]), torch.ones(1, len(post), dtype=torch.bool))
    for hook in hooks:
        hook.remove()
    return seen


@dataclass
class _Graph:
    """The layers as an ONNX graph; each layer's weights in a file of its own."""

    weights: dict[str, NDArray[np.float32]]
    ranges: Ranges
    folder: Path
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    files: dict[str, bytearray] = field(default_factory=dict)

    def write(self) -> None:
        x = self._norm("embedded", "b.ln", "x0")
        for at in range(LAYERS):
            x = self._layer(at, x)
        self._node("Identity", [x], "states")
        graph = helper.make_graph(
            self.nodes,
            "layers",
            [
                helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["posts", "pieces", WIDTH]),
                helper.make_tensor_value_info("length", TensorProto.INT32, ["posts"]),
            ],
            [helper.make_tensor_value_info("states", TensorProto.FLOAT, ["posts", "pieces", WIDTH])],
            self.constants,
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(_OURS, 1)]
        model = helper.make_model(graph, opset_imports=versions)
        model.ir_version = 9
        for name, content in self.files.items():
            (self.folder / name).write_bytes(bytes(content))
        onnx.save(model, str(self.folder / "layers.onnx"))

    def _layer(self, at: int, x: str) -> str:
        name = f"b.layers.{at}"
        qkv = self._linear(x, f"{name}.qkv", f"layer-{at}.bin")
        self._node("Split", [qkv], [f"q{at}", f"k{at}", f"v{at}"], axis=-1, num_outputs=3)
        heads = [f"q{at}", f"k{at}", f"v{at}", "", "length"]
        seen = self._node("MultiHeadAttention", heads, f"seen{at}", _OURS, num_heads=HEADS)
        seen = self._linear(seen, f"{name}.o", f"layer-{at}.bin")
        x = self._add_norm(x, seen, f"{name}.l1")
        inner = self._linear(x, f"{name}.i", f"layer-{at}.bin")
        inner = self._node("Gelu", [inner], f"inner{at}", _OURS)
        return self._add_norm(x, self._linear(inner, f"{name}.u", f"layer-{at}.bin"), f"{name}.l2")

    def _linear(self, x: str, name: str, file: str) -> str:
        weights, (low, high) = self.weights[f"{name}.weight"], self.ranges[name]
        scale = np.abs(weights).max(axis=1) / 127
        whole = np.round(weights / scale[:, None]).astype(np.int8)
        step = (high - low) / 255
        given = [
            self._constant(f"{name}.step", np.float32(step)),
            self._constant(f"{name}.zero", np.uint8(np.clip(round(-low / step), 0, 255))),
        ]
        self._node("QuantizeLinear", [x, *given], f"{name}.whole")
        inputs = [
            f"{name}.whole",
            self._constant(f"{name}.weight", np.ascontiguousarray(whole.T), file),
            given[0],
            self._constant(f"{name}.scale", scale.astype(np.float32)),
            given[1],
            self._constant(f"{name}.none", np.zeros(len(scale), np.int8)),
            self._constant(f"{name}.bias", self.weights[f"{name}.bias"]),
        ]
        return self._node("MatMulIntegerToFloat", inputs, f"{name}.out", _OURS)

    def _add_norm(self, x: str, y: str, name: str) -> str:
        inputs = [x, y, *(self._constant(f"{name}.{kind}", self.weights[f"{name}.{kind}"]) for kind in _NORM)]
        return self._node("SkipLayerNormalization", inputs, f"{name}.out", _OURS, epsilon=1e-12)

    def _norm(self, x: str, name: str, out: str) -> str:
        inputs = [x, *(self._constant(f"{name}.{kind}", self.weights[f"{name}.{kind}"]) for kind in _NORM)]
        return self._node("LayerNormalization", inputs, out, epsilon=1e-12, axis=-1)

    def _node(
        self, op: str, inputs: list[str], out: str | list[str], domain: str = "", **options: Any
    ) -> str:
        outs = [out] if isinstance(out, str) else out
        self.nodes.append(helper.make_node(op, inputs, outs, domain=domain, **options))
        return outs[0]

    def _constant(self, name: str, value: Any, file: str | None = None) -> str:
        tensor = numpy_helper.from_array(np.asarray(value), name)
        if file:
            store = self.files.setdefault(file, bytearray())
            content = tensor.raw_data
            external_data_helper.set_external_data(tensor, file, offset=len(store), length=len(content))
            tensor.ClearField("raw_data")
            store.extend(content)
        self.constants.append(tensor)
        return name


_NORM = ("weight", "bias")
