"""Model folders of the project: configuration and weights in, f16 safetensors out."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def read_gguf(path: Path) -> dict[str, torch.Tensor]:
    """8-bit and f32 tensors as f32."""
    import gguf

    tensors = {}
    for tensor in gguf.GGUFReader(path).tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        # GGUF counts dimensions from the fastest.
        tensors[tensor.name] = torch.from_numpy(values.copy()).reshape(tensor.shape.tolist()[::-1])
    return tensors


def read_model(folder: Path) -> tuple[dict, dict[str, torch.Tensor]]:
    config = json.loads((folder / "config.json").read_text())
    safetensors = folder / "model.safetensors"
    if safetensors.exists():
        tensors = load_file(safetensors)
    else:
        tensors = read_gguf(folder / "model.gguf")
    return config, {name: tensor.float() for name, tensor in tensors.items()}


def write_model(folder: Path, config: dict, tensors: dict[str, torch.Tensor]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: tensor.half().contiguous() for name, tensor in tensors.items()}
    save_file(halves, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
