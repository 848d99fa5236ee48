"""CLIP (Radford et al. 2021): how a picture looks, as scores of the core pack's mood words, without training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.build import Say
from export.hub.checkpoint import load_model, load_tokenizer, read_config, read_json, short
from export.hub.part import PartPlan, write_part
from export.systems.base import GraphPlan
from plugin.errors import InputError, PackError, printable
from plugin.pack import Pack
from plugin.synth.scenes.render import render_scene
from plugin.synth.scenes.spec import SceneSpec

FPS, FRAMES = 1.0, 10
"""Pictures of a segment of 10 s: moods change with shots, not with frames, and every picture costs a whole pass."""
PROMPTS = (
    "a {} scene", "a film still of a {} scene", "a photo with a {} mood", "footage that looks {}",
    "a {} moment in a film", "a picture that feels {}",
)  # fmt: skip
NEUTRAL = (
    "a scene", "a film still", "a photo", "footage", "a moment in a film", "a picture", "a photo with an ordinary mood",
    "a picture without any particular feeling",
)  # fmt: skip
"""What a mood must be nearer to than: pictures about which nothing is said."""
PLACES = ("sea", "city", "party", "haunted house")
"""Scenes that the graph is compared on, and int8 is calibrated with."""


class Looks(nn.Module):
    """Frames uint8 [B, T, h, w, 3] to scores of moods [B, M].

    Frames are standardised as the checkpoint wants them and embedded one by one; what follows is on the mean of a
    segment's unit vectors. A mood's score is the softmax of two: how near the picture is to the mood's prompts, and how
    near to prompts that say nothing, at the checkpoint's own temperature. So every word has a score of its own, as in
    the core pack: several may be true at once, and 0.5 says "as much this as nothing in particular".

    Parameters
    ----------
    model : CLIPModel
    words : Tensor
        Unit vectors of the moods, float32 [M, D].
    neutral : Tensor
        Unit vector of what says nothing, float32 [D].
    mean, std : sequence of float
        Of the checkpoint's pictures, 0..1, by channel.
    """

    mean: Tensor
    std: Tensor
    contrast: Tensor

    def __init__(self, model: Any, words: Tensor, neutral: Tensor, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.vision, self.projection = model.vision_model, model.visual_projection
        self.register_buffer("mean", 255.0 * torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("std", 255.0 * torch.tensor(std).view(3, 1, 1))
        # The softmax of two is a sigmoid of their difference, which is linear in the picture's vector.
        self.register_buffer("contrast", model.logit_scale.exp() * (words - neutral))

    def forward(self, frames: Tensor) -> Tensor:
        """Give the scores, 0..1 each."""
        pictures = frames.flatten(0, 1).permute(0, 3, 1, 2).to(torch.float32)
        seen = self.vision(pixel_values=(pictures - self.mean) / self.std).pooler_output
        unit = F.normalize(self.projection(seen), dim=-1)
        return torch.sigmoid(unit.unflatten(0, (-1, frames.shape[1])).mean(1) @ self.contrast.T)


def build(source: str, out: Path, *, core: Path, say: Say) -> dict[str, Any]:
    """Write the part of a CLIP checkpoint; role video.

    Parameters
    ----------
    source : str
        Folder of the checkpoint.
    out : Path
        Folder of the part.
    core : Path
        Folder of the core pack: its mood words are the part's.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    InputError
        No whole checkpoint of CLIP.
    ParityError
        The graph differs from transformers' own answers.
    """
    folder = Path(source)
    read_config(folder, "a CLIP model", ("clip",))
    processor, tokenizer, moods = load_processor(folder), load_tokenizer(folder), mood_words(core)
    from transformers import CLIPModel

    model = load_model(CLIPModel, folder)
    size = int(model.config.vision_config.image_size)
    prepared = processor.crop_size["height"] if processor.do_center_crop else processor.size.get("height")
    if prepared != size:
        raise InputError(f"{printable(folder)}: pictures of {prepared} pixels prepared, {size} wanted")
    say(f"CLIP of {sum(weight.numel() for weight in model.parameters()) / 1e6:.1f} million weights, "
        f"pictures of {size} x {size}, {len(moods)} moods of {len(PROMPTS)} prompts each")  # fmt: skip
    words = torch.stack([prompt_vector(model, tokenizer, [prompt.format(mood) for prompt in PROMPTS])
                         for mood in moods])  # fmt: skip
    neutral = prompt_vector(model, tokenizer, NEUTRAL)
    plan = PartPlan(
        "clip",
        {"role": "video", "video": {"fps": FPS, "width": size, "height": size, "frames": FRAMES, "moods": moods}},
        [video_plan(model, processor, words, neutral, size)],
        folder,
        provenance={
            "model": "transformers CLIPModel", "prompts": list(PROMPTS), "neutral_prompts": list(NEUTRAL),
            "pictures": "stretched to a square, where the model was trained on squares cut from the middle",
            "checked_with": f"scenes of our own: {', '.join(PLACES)}",
        },
    )  # fmt: skip
    return write_part(plan, out, say=say)


def load_processor(folder: Path) -> Any:
    """Load how pictures are prepared.

    Raises
    ------
    InputError
        It is missing, of another model, or prepares otherwise than a graph of whole pictures can.
    """
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    name = printable(folder)
    settings = read_json(folder, "preprocessor_config.json", "which says how pictures are prepared")
    found = settings.get("image_processor_type", settings.get("feature_extractor_type", "CLIPImageProcessor"))
    if not str(found).startswith(("CLIPImageProcessor", "CLIPFeatureExtractor")):
        raise InputError(f"{name}: preprocessor_config.json is of {found}, not of CLIPImageProcessor")
    try:
        processor = CLIPImageProcessorPil(**settings)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: preprocessor_config.json cannot be used ({short(error)})") from error
    if not (processor.do_normalize and processor.do_rescale):
        raise InputError(f"{name}: does not standardise its pictures; no CLIP that is known does so")
    if len(processor.image_mean) != 3 or len(processor.image_std) != 3 or not all(processor.image_std):
        raise InputError(f"{name}: preprocessor_config.json lacks mean and deviation of three colours")
    return processor


def mood_words(core: Path) -> list[str]:
    """Mood words of the core pack's pictures; PackError where it has none."""
    video = Pack(core).manifest.get("video")
    words = video.get("moods") if isinstance(video, dict) else None
    if not words:
        raise PackError(f"{printable(core)}: the pack's manifest lacks video.moods; install the pack again")
    return [str(word) for word in words]


def prompt_vector(model: Any, tokenizer: Any, prompts: Sequence[str]) -> Tensor:
    """Unit vector [D] of some prompts: of the mean of theirs, as in the paper's ensembles."""
    longest = model.config.text_config.max_position_embeddings
    tokens = tokenizer(list(prompts), padding=True, truncation=True, max_length=longest, return_tensors="pt")
    with torch.inference_mode():
        read = model.text_model(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).pooler_output
        unit = F.normalize(model.text_projection(read), dim=-1)
        return F.normalize(unit.mean(0), dim=-1).clone()


def video_plan(model: Any, processor: Any, words: Tensor, neutral: Tensor, size: int) -> GraphPlan:
    """Plan the graph; it is compared with the processor, `get_image_features` and the softmax in full."""
    both = torch.stack([torch.stack([word, neutral]) for word in words])  # [M, 2, D]

    def own(frames: Tensor) -> Tensor:
        scores = []
        for segment in frames:
            pixels = processor(images=[picture.numpy() for picture in segment], return_tensors="pt")["pixel_values"]
            seen = model.get_image_features(pixel_values=pixels)
            vectors = F.normalize(getattr(seen, "pooler_output", seen), dim=-1)
            logits = model.logit_scale.exp() * torch.einsum("td,mkd->tmk", vectors, both)
            scores.append(logits.mean(0).softmax(-1)[:, 0])
        return torch.stack(scores)

    real = torch.from_numpy(np.stack([_film(place, size) for place in PLACES]))
    noise = torch.randint(0, 256, (2, FRAMES, size, size, 3), generator=torch.Generator().manual_seed(0))
    examples = {"random": (noise.to(torch.uint8),), "real": (real,), "real, one": (real[:1],)}
    module = Looks(model, words, neutral, processor.image_mean, processor.image_std).eval()
    return GraphPlan("video", module, ("frames",), ("moods",), examples, {"frames": {0: "batch"}}, own=own)


def _film(place: str, size: int) -> np.ndarray:
    """Frames of a scene, stretched as the engine stretches, uint8 [T, size, size, 3]."""
    seconds = FRAMES / FPS
    time = "night" if place in ("party", "haunted house") else "day"
    shot = max(16, size)
    frames = np.stack(list(render_scene(SceneSpec(1, place, time), fps=FPS, size=(shot, shot), seconds=seconds)))
    return frames[:, :size, :size]
