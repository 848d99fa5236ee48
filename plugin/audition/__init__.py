"""The sound of a cue, as it is heard and as it is rendered: one and the same."""

from plugin.audition.fit import Fit, fitting_end, tempo_to_fit
from plugin.audition.level import matching_gain
from plugin.audition.treated import TreatedSound, open_treated

__all__ = ["Fit", "TreatedSound", "fitting_end", "matching_gain", "open_treated", "tempo_to_fit"]
