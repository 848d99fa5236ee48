"""Hundreds of damaged files through the real intake: each costs no more than itself."""

import os

import pytest
from intake_fuzz import Outcome, fuzz

FILES = int(os.environ.get("CUEFINDER_FUZZ_FILES", "300"))
SEED = int(os.environ.get("CUEFINDER_FUZZ_SEED", "3"))


def check(outcome: Outcome) -> None:
    """Whatever the decoder does, this process and its memory are as they were."""
    assert sum(count for status, count in outcome.statuses.items() if status != "long") == FILES
    assert not [reason for reason in outcome.reasons if "exit status" in reason]  # an error of ours, not of a decoder
    assert outcome.parent < 300
    assert outcome.worker < 1024 + 300  # what it may hold, and what it fills between two glances
    assert outcome.slowest < 70  # the deadline for a block


@pytest.mark.timeout(0 if FILES > 1000 else 300)
def test_damaged_files_are_heard_or_refused_with_a_reason(tmp_path):
    outcome = fuzz(tmp_path.resolve(), FILES, SEED)
    check(outcome)
    assert set(outcome.statuses) <= {"indexed", "silent", "failed", "long"}
    assert outcome.statuses["indexed"] > 0.2 * FILES
    assert outcome.statuses["failed"] > 0.2 * FILES


@pytest.mark.timeout(0 if FILES > 1000 else 300)
def test_damaged_films_are_seen_or_refused_with_a_reason(tmp_path):
    outcome = fuzz(tmp_path.resolve(), FILES, SEED, pictures=True)
    check(outcome)
    assert set(outcome.statuses) <= {"seen", "failed", "long"}
    assert outcome.statuses["seen"] > 0.2 * FILES
