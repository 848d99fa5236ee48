"""ALCAP by name."""

from __future__ import annotations

from transformers import BartConfig

from models.systems.alcap.bart import load_bart
from models.systems.alcap.data import prepare
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.system import Alcap
from models.systems.base import Recipe, State
from models.systems.pretrained import weights_wanted


def build(settings: AlcapSettings, state: State) -> Alcap:
    """Make the system: BART and the tagger with the weights that the settings name, the rest at random."""
    config = BartConfig.from_dict(state["bart"])
    if not weights_wanted():
        return Alcap(settings, state, load_bart(None, config))
    system = Alcap(settings, state, load_bart(settings.model.bart.name, config))
    if settings.model.tagger.weights is not None:
        system.load_tagger()
    return system


RECIPE = Recipe(name="alcap", settings=AlcapSettings, prepare=prepare, build=build)
