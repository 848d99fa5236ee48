"""What differs between PyAV 18, the last for Python 3.11, and 19."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av

BYTE_EXACT: dict[str, Any] = (
    {} if int(av.__version__.partition(".")[0]) > 18 else {"metadata_errors": "surrogateescape"}
)
"""How to open a file such that tags in any encoding survive; from 19 on they always do."""


def exact(rational: Any) -> Fraction | None:
    """Give a rate or time base as a fraction; None where it is not known, which PyAV 19 tells by a zero."""
    return Fraction(rational.numerator, rational.denominator) if rational else None
