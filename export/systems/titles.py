"""Song titles: a graph from sound, picture or timbre to the decoder's state, and the decoder, LSTM or Transformer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from export.frontends import Picture
from export.material import Material
from export.systems.base import CaptionPlan, Example, FrontPlan, GraphPlan, SystemPlan
from models.errors import CheckpointError
from models.systems.base import State
from models.systems.titles.decoders import LSTMDecoder, TransformerDecoder
from models.systems.titles.settings import TitlesSettings
from models.systems.titles.spectrogram import Spectrogram
from models.systems.titles.system import Titles
from models.systems.titles.timbre import WIDTH


class Start(nn.Module):
    """Input to the decoder's state after the image vector, and that vector."""

    def __init__(self, system: Titles, front: nn.Module) -> None:
        super().__init__()
        self.front, self.system = front, system

    def vectors(self, inputs: Tensor) -> Tensor:
        """Image vectors [B, width]."""
        seen = self.front(inputs)
        return self.system.memory({"timbre" if seen.dim() == 2 else "pixels": seen})

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Give the two parts of the state, batch second, and the image vectors."""
        vectors = self.vectors(inputs)
        decoder = self.system.decoder
        if isinstance(decoder, LSTMDecoder):
            zero = torch.zeros_like(vectors)
            return (*_cell(decoder.lstm, vectors, zero, zero), vectors)
        assert isinstance(decoder, TransformerDecoder)
        state = decoder.start(vectors)
        return torch.stack(state.keys), torch.stack(state.values), vectors


class LSTMStep(nn.Module):
    """One word through the LSTM, whose state is the cache."""

    def __init__(self, decoder: LSTMDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, ids: Tensor, past_hidden: Tensor, past_cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read ids int64 [N, 1]; give log-probabilities [N, V] and the state [1, N, width] twice."""
        hidden, cell = _cell(self.decoder.lstm, self.decoder.embed(ids[:, 0]), past_hidden[0], past_cell[0])
        return self.decoder.log_probs(hidden[0]), hidden, cell


class TransformerStep(nn.Module):
    """One word through the Transformer; the first place of its cache is the image vector."""

    def __init__(self, decoder: TransformerDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, ids: Tensor, past_keys: Tensor, past_values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read ids int64 [N, 1]; give log-probabilities and keys and values [layers, N, heads, T, width / heads]."""
        place = torch.arange(1, device=ids.device) + past_keys.shape[3]
        x = self.decoder.embed(ids) + self.decoder.places[place]
        keys, values = [], []
        for number, block in enumerate(self.decoder.blocks):
            x, key, value = block(x, past_keys[number], past_values[number])
            keys.append(key)
            values.append(value)
        return self.decoder.log_probs(self.decoder.norm(x)[:, 0]), torch.stack(keys), torch.stack(values)


def _cell(lstm: Any, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """One step of an LSTM of one layer [N, width]; give hidden and cell state [1, N, width]."""
    gates = nn.functional.linear(x, lstm.weight_ih_l0, lstm.bias_ih_l0)
    gates = gates + nn.functional.linear(hidden, lstm.weight_hh_l0, lstm.bias_hh_l0)
    enter, forget, new, leave = gates.chunk(4, dim=-1)
    cell = forget.sigmoid() * cell + enter.sigmoid() * new.tanh()
    return (leave.sigmoid() * cell.tanh())[None], cell[None]


def plan(system: Titles, settings: TitlesSettings, state: State, material: Material) -> SystemPlan:
    """Give what of the song-title system becomes which graph."""
    if settings.data.tile_training:
        raise CheckpointError("trained on tiles (data.tile_training): a pack names whole pictures only")
    name, front, examples, known, fronts, dynamic = _input(settings, state["source"], material)
    recurrent = isinstance(system.decoder, LSTMDecoder)
    parts = ("hidden", "cell") if recurrent else ("keys", "values")
    past = tuple(f"past_{part}" for part in parts)
    start = Start(system, front).eval()
    caption: dict[str, Any] = {
        "encoder": "caption_encoder", "decoder": "caption_decoder", "memory": {}, "outputs": ["log_probs", *parts],
        "state": [{"past": f"past_{part}", "next": part, "axis": 1} for part in parts],
        "prompt": [], "begin": system.begin, "end": system.end, "pad": None, "longest": settings.data.longest - 1,
        "beams": settings.evaluation.beams[0], "length_penalty": settings.evaluation.length_penalty,
        "no_repeat_ngram": 0,
    }  # fmt: skip

    def own(case: Example, beams: int) -> list[tuple[int, ...]]:
        return [found[0].ids for found in system.search(start.vectors(*case), beams)]

    step: nn.Module = LSTMStep(system.decoder) if isinstance(system.decoder, LSTMDecoder) else _transformer(system)
    first = start(*examples["random"])[:2]
    words = len(system.tokenizer)
    rows = first[0].shape[1]
    ids = torch.arange(rows)[:, None] % words
    after = step(ids, *first)[1:]
    axes = {1: "batch"} if recurrent else {1: "batch", 3: "past"}
    decoder = GraphPlan(
        "caption_decoder", step, ("ids", *past), ("log_probs", *parts),
        {"next step": (ids, *after), "first step": (ids, *first),
         "first step, one row": (ids[:1], *(part[:, :1] for part in first))},
        {"ids": {0: "batch"}, past[0]: axes, past[1]: axes},
    )  # fmt: skip
    encoder = GraphPlan("caption_encoder", start, (name,), (*past, "vector"), examples, {name: dynamic})
    return SystemPlan(
        [encoder, decoder],
        {"input": name, **known, "caption": caption},
        {"tokenizer.json": state["tokenizer"].encode()},
        CaptionPlan("caption_encoder", caption, examples, own),
        fronts,
        ("timbre is standardised by the data set's own means, which no checkpoint holds",) if name == "timbre" else (),
    )


def _transformer(system: Titles) -> TransformerStep:
    assert isinstance(system.decoder, TransformerDecoder)
    return TransformerStep(system.decoder).eval()


def _input(settings: TitlesSettings, source: str, material: Material) -> tuple[Any, ...]:
    """Name, front-end, examples, what the runtime must know, front-ends to compare, and dynamic axes of the input."""
    data = settings.data
    generator = torch.Generator().manual_seed(material.seed)
    if source == "timbre":
        numbers = torch.randn(3, WIDTH, generator=generator)
        return "timbre", nn.Identity(), {"random": (numbers,), "one": (numbers[:1],)}, {}, (), {0: "batch"}
    if source == "image":
        pixels = torch.randint(0, 256, (2, 3, data.crop, data.crop), generator=generator).to(torch.uint8)
        smooth = (torch.linspace(0, 255, data.crop).expand(2, 3, data.crop, data.crop)).to(torch.uint8)
        examples = {"random": (pixels,), "smooth": (smooth.contiguous(),), "one": (pixels[:1],)}
        return "pixels", nn.Identity(), examples, {"side": data.crop}, (), {0: "batch"}
    draw = Spectrogram(data.fft, data.window, data.pool, data.decibels)
    front = Picture(draw, draw.frames(round(data.seconds * data.rate)))
    real = material.sounds(data.rate, data.seconds)
    examples = {
        "random": (material.noise(data.rate, data.seconds),),
        "real": (real,),
        "real, one, shorter": (real[:1, : int(0.8 * real.shape[1])].contiguous(),),
    }
    known = {"rate": data.rate, "seconds": data.seconds, "least_samples": front.least}
    own = FrontPlan("picture", front, lambda audio: draw(audio, front.frames)[None])
    return "audio", front, examples, known, (own,), {0: "batch", 1: "samples"}
