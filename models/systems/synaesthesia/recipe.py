"""The synaesthesia system by name."""

from __future__ import annotations

from models.systems.base import Recipe
from models.systems.synaesthesia.data import prepare
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.synaesthesia.system import Synaesthesia

RECIPE = Recipe("synaesthesia", SynaesthesiaSettings, prepare, Synaesthesia)
