from .fit import Fit, fitting_end, tempo_to_fit
from .level import matching_gain
from .treated import TreatedSound, open_treated

__all__ = ["Fit", "TreatedSound", "fitting_end", "matching_gain", "open_treated", "tempo_to_fit"]
