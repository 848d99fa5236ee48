"""The synaesthesia network with its stages: music auto-encoder, text auto-encoder, all together."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from models.datasets.base import Split
from models.systems.base import Batch, Prepared, State, System
from models.systems.synaesthesia.music import MusicDecoder, MusicEncoder, mean_pool, reconstruction_loss
from models.systems.synaesthesia.objective import StructureObjective
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.synaesthesia.text import TextDecoder, TextEncoder, sentence_loss
from models.systems.synaesthesia.vocabulary import tokenizer_of


class Synaesthesia(System):
    """Music-to-text synaesthesia.

    Parameters
    ----------
    settings : SynaesthesiaSettings
    state : dict
        Of `SynaesthesiaData.state`.
    """

    music_steps: Tensor

    def __init__(self, settings: SynaesthesiaSettings, state: State) -> None:
        super().__init__()
        self.settings = settings
        self.tags: list[str] = state["tags"]
        self.groups: list[str] = state["groups"]
        self.templates: list[str] = state["templates"]
        self.tokenizer = tokenizer_of(state["tokenizer"])
        vocabulary, pad = len(self.tokenizer), self.tokenizer.pad_token_id
        self.music_encoder = MusicEncoder(settings.model, state["mean"], state["deviation"])
        self.music_decoder = MusicDecoder(settings.model, settings.data.bins)
        self.text_encoder = TextEncoder(settings.model, vocabulary, pad)
        self.text_decoder = TextDecoder(settings.model, vocabulary, pad)
        self.structure = StructureObjective(
            settings, len(self.tags), state["sentence_width"], self.music_encoder, self.text_encoder
        )
        self.register_buffer("music_steps", torch.zeros((), dtype=torch.int64))

    def begin_stage(self, stage: str) -> None:
        """The joint stage begins with momentum copies of the pre-trained encoders."""
        if stage == "joint":
            self.structure.begin(self.music_encoder, self.text_encoder)

    def after_step(self, stage: str) -> None:
        """Count the steps of the growing music auto-encoder; move the momentum copies."""
        if stage == "music":
            self.music_steps += 1
        elif stage == "joint":
            self.structure.after_step(self.music_encoder, self.text_encoder)

    def trainable(self, stage: str) -> Iterable[nn.Parameter]:
        """Parameters of the stage's half; all but the momentum copies in the joint stage."""
        modules: dict[str, list[nn.Module]] = {
            "music": [self.music_encoder, self.music_decoder],
            "text": [self.text_encoder, self.text_decoder],
            "joint": [self.music_encoder, self.text_encoder, self.text_decoder, self.structure],
        }
        if self.settings.model.reconstruct_music:
            modules["joint"].append(self.music_decoder)
        return (p for module in modules[stage] for p in module.parameters() if p.requires_grad)

    def losses(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        """Losses of a stage.

        music: `loss`, the reconstruction error at the present depth (in evaluation mode always at full depth, so that
        validation values compare while the network grows); text: `loss`, the cross-entropy of the sentence read from
        its own latents; joint: `loss` and its parts `caption`, `text`, `music`, `alignment` and `structure`, not
        weighted.
        """
        if stage == "music":
            return {"loss": self.music_loss(batch, self.depth())}
        if stage == "text":
            latents = self.noisy(self.text_encoder(batch["ids"], batch["mask"]))
            return {
                "loss": sentence_loss(self.text_decoder(batch["ids"][:, :-1], latents), batch["ids"], batch["mask"])
            }
        return self.joint_losses(batch)

    def joint_losses(self, batch: Batch) -> dict[str, Tensor]:
        """Caption, reconstructions, alignment of the latent sets, structure."""
        model = self.settings.model
        ids, mask, frames = batch["ids"], batch["mask"], batch["frames"]
        sequence, lengths = self.music_encoder.sequence(batch["spectrogram"], frames)
        music = mean_pool(sequence, lengths[-1], model.tokens)
        text = self.text_encoder(ids, mask)
        # One pass of the decoder for both: it is the same decoder on the same sentences.
        both = self.text_decoder(ids[:, :-1].repeat(2, 1), torch.cat([music, self.noisy(text)]))
        of_music, of_text = both.chunk(2)
        parts = {
            "caption": sentence_loss(of_music, ids, mask),
            "text": sentence_loss(of_text, ids, mask),
            "alignment": (music - text).square().mean(),
            "structure": self.structure(batch, music, text, self.music_encoder),
        }
        weights = {
            "caption": model.caption,
            "text": model.reconstruct_text,
            "alignment": model.alignment,
            "structure": model.structure.factor,
        }
        if model.reconstruct_music:
            made = self.music_decoder.from_sequence(sequence, lengths, batch["spectrogram"].shape[1])
            parts["music"] = reconstruction_loss(made, self.music_encoder.standardise(batch["spectrogram"]), frames)
            weights["music"] = model.reconstruct_music
        loss = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
        return {"loss": loss, **{name: part.detach() for name, part in parts.items()}}

    def depth(self) -> int:
        """How much of the music auto-encoder is trained at this step: convolutions, and one for the Transformer."""
        model, full = self.settings.model, self.music_encoder.depth
        if not self.training or not model.grow_every:
            return full
        return min(full, model.start_depth + int(self.music_steps) // model.grow_every)

    def music_loss(self, batch: Batch, depth: int) -> Tensor:
        """Reconstruction error through the first `depth` layers and their mirror images."""
        spectrogram, frames = batch["spectrogram"], batch["frames"]
        longest = spectrogram.shape[1]
        if depth == self.music_encoder.depth:
            made = self.music_decoder.from_sequence(*self.music_encoder.sequence(spectrogram, frames), longest)
        else:
            made = self.music_decoder(*self.music_encoder.convolve(spectrogram, frames, depth), longest)
        return reconstruction_loss(made, self.music_encoder.standardise(spectrogram), frames)

    def noisy(self, latents: Tensor) -> Tensor:
        """Mix even noise into text latents in training, so that their neighbourhood is read alike."""
        share = self.settings.model.latent_noise if self.training else 0.0
        return latents if share == 0 else (1 - share) * latents + share * torch.rand_like(latents)

    def evaluate(self, prepared: Prepared, split: Split) -> dict[str, float]:
        """Captions, topology and retrieval on a split; see `evaluation.evaluate`."""
        from models.systems.synaesthesia.evaluation import evaluate

        return evaluate(self, prepared, split)
