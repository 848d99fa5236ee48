"""What a part of the evaluation found: rows of a table, numbers for the bars, lines of text; kept as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

NETWORKS = ("music", "text", "video", "captioner")


@dataclass(frozen=True)
class Row:
    """One number.

    Attributes
    ----------
    what : str
        What was measured.
    of : str
        On what, with counts.
    measured : float
        A whole number (a rank, a count) is printed as one.
    chance : float, optional
        What chance gives; None where there is no such thing.
    note : str
        What chance means here, where it is not guessing.
    """

    what: str
    of: str
    measured: float
    chance: float | None = None
    note: str = ""

    def cells(self) -> tuple[str, str, str, str]:
        """The row as text."""
        chance = "-" if self.chance is None else number(self.chance)
        return self.what, self.of, number(self.measured), f"{chance} ({self.note})" if self.note else chance


@dataclass
class Result:
    """All numbers of one part.

    Attributes
    ----------
    title : str
        Heading in the card.
    rows : list of Row
    bars : dict of str to float
        Numbers that the table of bars asks for.
    lines : list of str
        Markdown below the table: further tables, remarks, what was skipped.
    networks : str
        Fingerprint of the networks that were measured.
    compact : bool
        Whether the rows are left out of the card, because `lines` hold them as smaller tables.
    """

    title: str
    rows: list[Row] = field(default_factory=list)
    bars: dict[str, float] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    networks: str = ""
    compact: bool = False

    def markdown(self) -> str:
        """The part as a section of the card."""
        parts = [f"### {self.title}"]
        if self.rows and not self.compact:
            parts.append(table(("what", "of", "measured", "chance"), [row.cells() for row in self.rows]))
        return "\n\n".join([*parts, *(["\n".join(self.lines).strip("\n")] if self.lines else [])])

    def save(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False), encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Result:
        """Read what `save` wrote."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        return cls(**fields | {"rows": [Row(**row) for row in fields["rows"]]})


def number(value: float) -> str:
    """Three decimals, one from 10 on, or none for a whole number that is an int."""
    return str(value) if isinstance(value, int) else f"{value:.{1 if abs(value) >= 10 else 3}f}"


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else many}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fingerprint(work: Path) -> str:
    """Short hash of the trained networks in `work`, so that numbers of others are not mixed with theirs."""
    digest = hashlib.sha256()
    for name in NETWORKS:
        path = work / f"{name}-final.pt"
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()[:12]
