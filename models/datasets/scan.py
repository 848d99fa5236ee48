"""The base of loaders that go through a table once: `validate` and `records` see the very same rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from models.datasets.base import SPLITS, DataSet, Record, Report, Split
from models.datasets.log import Log
from models.errors import DatasetError
from plugin.errors import printable


class ScannedSet(DataSet):
    """A data set whose records come from one pass over its tables."""

    @abstractmethod
    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give usable records in the order of the table; what is not usable goes into the log.

        Parameters
        ----------
        log : Log
            Takes missing files and broken lines.
        wanted : Split, optional
            If given, only records of this split need to come: a loader may skip the work for others.

        Raises
        ------
        DatasetError
            If a table or a column is missing, or a table holds no rows.
        """

    def validate(self) -> Report:
        """Go through all tables and look for all files; faults are in the report, none is raised."""
        log = Log()
        counts = dict.fromkeys(SPLITS, 0)
        keys: set[str] = set()
        groups: dict[str, Split] = {}
        try:
            for split, record in self.scan(log):
                counts[split] += 1
                if record.key in keys:
                    log.fault("keys that come more than once", record.key)
                keys.add(record.key)
                group = record.group or record.key
                if groups.setdefault(group, split) != split:
                    log.fault("groups divided among splits", group)
        except (DatasetError, OSError) as error:
            return Report(counts | dict(log.counts), (*log.problems(), str(error)), fatal=True)
        for split in SPLITS:
            if not counts[split]:
                log.problem(f"{printable(self.root)}: no usable record in the {split} split")
        return Report(counts | dict(log.counts), log.problems(), fatal=not counts["train"])

    def records(self, split: Split) -> list[Record]:
        """Usable records of a split, in the order of the table."""
        try:
            return [record for found, record in self.scan(Log(), split) if found == split]
        except OSError as error:
            raise DatasetError(f"{printable(error.filename or self.root)}: {error.strerror or error}") from error
