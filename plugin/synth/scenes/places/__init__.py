"""The places that scenes are set in, by name."""

from __future__ import annotations

from collections.abc import Callable

from plugin.synth.scenes.places.abstract import Abstract
from plugin.synth.scenes.places.candle_room import CandleRoom
from plugin.synth.scenes.places.cartoon import Cartoon
from plugin.synth.scenes.places.castle import Castle
from plugin.synth.scenes.places.city import City
from plugin.synth.scenes.places.desert import Desert
from plugin.synth.scenes.places.fire import Fire
from plugin.synth.scenes.places.forest import Forest
from plugin.synth.scenes.places.haunted_house import HauntedHouse
from plugin.synth.scenes.places.meadow import Meadow
from plugin.synth.scenes.places.mountains import Mountains
from plugin.synth.scenes.places.park import Park
from plugin.synth.scenes.places.party import Party
from plugin.synth.scenes.places.road import Road
from plugin.synth.scenes.places.sea import Sea
from plugin.synth.scenes.places.snow_field import SnowField
from plugin.synth.scenes.places.space import Space
from plugin.synth.scenes.places.storm_sky import StormSky
from plugin.synth.scenes.places.underwater import Underwater
from plugin.synth.scenes.stage import Place, Stage

PAINTERS: dict[str, Callable[[Stage], Place]] = {
    "sea": Sea,
    "mountains": Mountains,
    "forest": Forest,
    "city": City,
    "desert": Desert,
    "snow field": SnowField,
    "space": Space,
    "candle room": CandleRoom,
    "road": Road,
    "party": Party,
    "meadow": Meadow,
    "storm sky": StormSky,
    "underwater": Underwater,
    "fire": Fire,
    "abstract": Abstract,
    "cartoon": Cartoon,
    "haunted house": HauntedHouse,
    "castle": Castle,
    "park": Park,
}
