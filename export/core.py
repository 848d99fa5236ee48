"""Build the core pack from trained checkpoints: export, check, describe.

python -m export.core --work .cache/core --out models/packs/core
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from export import pack
from export.errors import ParityError
from export.graph import OPSET, export_graph, round_weights
from export.parity import check_graph
from models.data.tokenizer import BEGIN, END
from models.nets import frontend, video
from models.nets.captioner import Captioner
from models.nets.music import MusicEncoder
from models.nets.rhythm import Rhythm
from models.nets.text import TextEncoder
from plugin.pack import Vocabulary
from plugin.runtime.captioner import CaptionWriter
from plugin.runtime.session import Graph

VERSION = "0.3.0"


@dataclass
class CoreModels:
    """All that goes into a core pack.

    Attributes
    ----------
    tags : list of dict
        name, group and threshold of each tag, in output order.
    moods : list of str
        The video encoder's words.
    keys : dict
        "major" and "minor" profiles, 12 numbers each.
    tokenizer, caption_tokenizer : Path
    provenance : dict
        What the weights were trained on, for the manifest.
    audio : Tensor
        Real audio [B, 160000] for the parity check beside random input.
    """

    music: MusicEncoder
    text: TextEncoder
    video: video.VideoEncoder
    captioner: Captioner
    tags: list[dict[str, Any]]
    moods: list[str]
    keys: dict[str, list[float]]
    tokenizer: Path
    caption_tokenizer: Path
    provenance: dict[str, Any]
    audio: Tensor = field(default_factory=lambda: torch.zeros(1, frontend.SEGMENT))


def write_pack(core: CoreModels, out: Path) -> dict[str, Any]:
    """Export every graph, check it against torch and write the pack; nothing is written where a check fails.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    ParityError
        A graph differs from torch.
    """
    for module in (core.music, core.text, core.video, core.captioner):
        round_weights(module.eval())

    def fill(folder: Path) -> dict[str, Any]:
        graphs = _export(core, folder)
        shutil.copyfile(core.tokenizer, folder / "tokenizer.json")
        shutil.copyfile(core.caption_tokenizer, folder / "captions.json")
        (folder / "vocabulary.json").write_text(json.dumps({"tags": core.tags}, indent=1))
        (folder / "keys.json").write_text(json.dumps(core.keys))
        graphs["caption_decoder"]["greedy_captions_equal"] = _check_captions(core, folder)
        return _manifest(core, folder, graphs)

    return pack.write_pack(out, fill)


def _export(core: CoreModels, folder: Path) -> dict[str, dict[str, Any]]:
    """Export and check the graphs; give their description by name."""
    torch.manual_seed(0)
    audio = torch.cat([core.audio, torch.randn(2, frontend.SEGMENT) * 0.1])
    words = torch.randint(3, core.text.config["vocabulary"], (2, 9))
    frames = torch.randint(0, 255, (2, video.FRAMES, video.SIZE, video.SIZE, 3)).to(torch.uint8)
    c = core.captioner.config
    with torch.inference_mode():
        _, tags, sequence = core.music.eval()(audio[:2])
    lyrics = torch.randn(2, 9, c["lyrics"])
    memory = (sequence, tags, lyrics, torch.ones(2, 9))
    with torch.inference_mode():
        cross = core.captioner.eval().encoder(*memory)
    past = torch.randn(c["layers"], 2, c["heads"], 5, c["width"] // c["heads"])
    step = (torch.randint(3, c["vocabulary"], (2, 2)), past, past.flip(3), *cross)
    batch = {0: "batch"}
    cache, memory_axes = {1: "batch", 3: "past"}, {1: "batch", 3: "memory"}
    plans: list[tuple[str, nn.Module, list[tuple[Tensor, ...]], dict[str, dict[int, str]], list[str]]] = [
        ("music", core.music, [(audio,), (audio[:1],)], {"audio": batch}, ["embedding", "tags", "sequence"]),
        ("rhythm", Rhythm(), [(audio,), (audio[:1],)], {"audio": batch}, ["onset", "chroma"]),
        ("text", core.text, [(words,), (words[:1, :3],)], {"ids": {0: "batch", 1: "tokens"}},
         ["embedding", "sequence"]),
        ("video", core.video, [(frames,), (frames[:1],)], {"frames": batch}, ["embedding", "moods"]),
        ("caption_encoder", core.captioner.encoder, [memory, tuple(part[:1] for part in memory)],
         {"sequence": {0: "batch", 1: "latents"}, "tags": batch, "lyrics": {0: "batch", 1: "lyric_tokens"},
          "lyric_mask": {0: "batch", 1: "lyric_tokens"}}, ["cross_keys", "cross_values", "cross_mask"]),
        ("caption_decoder", core.captioner.decoder, [step],
         {"ids": {0: "batch", 1: "tokens"}, "past_keys": cache, "past_values": cache, "cross_keys": memory_axes,
          "cross_values": memory_axes, "cross_mask": {0: "batch", 3: "memory"}}, ["logits", "keys", "values"]),
    ]  # fmt: skip
    graphs = {}
    for name, module, examples, dynamic, outputs in plans:
        path = folder / f"{name}.onnx"
        export_graph(module, examples[0], path, inputs=list(dynamic), outputs=outputs, dynamic=dynamic)
        error = check_graph(module, path, list(dynamic), examples)
        print(f"{name}: {path.stat().st_size / 1e6:.2f} MB, differs from torch by {error:.1e}", flush=True)
        graphs[name] = {
            "file": path.name, "opset": OPSET, "inputs": list(dynamic), "outputs": outputs,
            "dynamic_axes": {key: {str(axis): label for axis, label in axes.items()} for key, axes in dynamic.items()},
            "largest_relative_difference_from_torch": float(f"{error:.2g}"),
        }  # fmt: skip
        if hasattr(module, "config"):
            graphs[name]["config"] = module.config  # the numbers that build it again
    return graphs


def _check_captions(core: CoreModels, folder: Path) -> int:
    """Compare greedy captions token for token on the real audio; give how many were compared."""
    writer = CaptionWriter(
        Graph(folder / "caption_encoder.onnx", "cpu"), Graph(folder / "caption_decoder.onnx", "cpu"), None,
        Vocabulary(()), _caption_settings(core.captioner),
    )  # fmt: skip
    none = torch.zeros(1, 0, core.captioner.config["lyrics"]), torch.zeros(1, 0)
    for number, audio in enumerate(core.audio):
        with torch.inference_mode():
            _, tags, sequence = core.music(audio[None])
            wanted = core.captioner.greedy(core.captioner.encoder(sequence, tags, *none), BEGIN, END)
        found = writer.tokens(sequence.numpy(), tags[0].numpy(), none[0].numpy(), beams=1, block_repeats=False)
        if found != wanted:
            raise ParityError(f"caption of clip {number}: ONNX writes {found}, torch {wanted}")
    return len(core.audio)


def _caption_settings(captioner: Captioner) -> dict[str, int]:
    c = captioner.config
    return {"layers": c["layers"], "heads": c["heads"], "head_width": c["width"] // c["heads"], "begin": BEGIN,
            "end": END, "max_tokens": captioner.decoder.positions.shape[0]}  # fmt: skip


def _manifest(core: CoreModels, folder: Path, graphs: dict[str, Any]) -> dict[str, Any]:
    files = pack.describe_files(folder)
    joint = "".join(files[f"{name}.onnx"]["sha256"] for name in ("music", "text", "video"))
    return {
        "format": 1, "id": "core", "version": VERSION, "licence": "GPL-3.0-or-later",
        "space": "core-" + hashlib.sha256(joint.encode()).hexdigest()[:12],
        "rate": frontend.RATE, "segment_seconds": frontend.SEGMENT / frontend.RATE,
        "text": {"max_tokens": core.text.config["max_tokens"], "width": core.text.config["width"]},
        "video": {"fps": video.FPS, "width": video.SIZE, "height": video.SIZE, "frames": video.FRAMES,
                  "moods": core.moods},
        "caption": _caption_settings(core.captioner),
        "graphs": graphs, "files": files, "provenance": core.provenance,
    }  # fmt: skip


def load_models(work: Path) -> CoreModels:
    """Read the checkpoints that `models.train_core` left in `work`."""
    settings = json.loads((work / "pack.json").read_text())

    def restore(cls: type[nn.Module], name: str) -> Any:
        state = torch.load(work / f"{name}-final.pt", weights_only=True, map_location="cpu")
        module = cls(**state["config"])
        module.load_state_dict(state["model"])
        return module.eval()

    return CoreModels(
        music=restore(MusicEncoder, "music"), text=restore(TextEncoder, "text"),
        video=restore(video.VideoEncoder, "video"), captioner=restore(Captioner, "captioner"),
        tags=settings["tags"], moods=settings["moods"], keys=settings["keys"],
        tokenizer=work / "tokenizer.json", caption_tokenizer=work / "captions.json",
        provenance=settings["provenance"],
        audio=torch.from_numpy(np.load(work / "parity_audio.npy")),
    )  # fmt: skip


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".cache/core"), help="folder of the checkpoints")
    parser.add_argument("--out", type=Path, default=Path("models/packs/core"), help="folder of the pack")
    options = parser.parse_args()
    manifest = write_pack(load_models(options.work), options.out)
    total = sum(entry["bytes"] for entry in manifest["files"].values())
    print(f"{options.out}: {len(manifest['files'])} files, {total / 1e6:.1f} MB, space {manifest['space']}")


if __name__ == "__main__":
    main()
