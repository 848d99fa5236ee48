"""What a title says of a version, and that other pieces stay apart."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.suggest.versions import KINDS, Song, parse


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Paper Boats (Live at the Quay)", ("live",)),
        ("Paper Boats - 2011 Remaster", ("remaster",)),
        ("Paper Boats - Remastered 2009", ("remaster",)),
        ("Paper Boats [Instrumental]", ("instrumental",)),
        ("paper boats (instrumental version)", ("instrumental",)),
        ("Paper Boats (Radio Edit)", ("edit",)),
        ("Paper Boats (60 sec)", ("edit",)),
        ("Paper Boats (Aster Remix)", ("remix",)),
        ("Paper Boats (Acoustic) - Demo", ("acoustic", "demo")),
        ("Paper Boats (Live, Remastered)", ("live", "remaster")),
        ("Paper Boats (Live at the Quay, Hull / 1998) - 2011 Remaster", ("live", "remaster")),
        ("Paper Boats [Live (Remastered)]", ("remaster", "live")),
        ("Paper Boats (Ao Vivo)", ("live",)),
        ("Paper Boats (No Drums)", ("mix",)),
        ("Paper Boats (Without Vocals)", ("instrumental",)),
        ("Paper Boats (Original Mix)", ("mix",)),
        ("Páper  boats!", ()),
    ],
)
def test_a_version_is_the_same_song(title: str, kinds: tuple[str, ...]) -> None:
    version = parse(title, "Lena")
    assert version.is_known
    assert version.key == parse("Paper Boats", "LENA").key
    assert version.kinds == kinds


@pytest.mark.parametrize(
    ("title", "artist"),
    [
        ("Paper Boats (Part II)", "Lena"),
        ("Paper Boats (Andante)", "Lena"),
        ("Paper Boats - Harbour", "Lena"),
        ("Paper Boats (Live Wire and Others)", "Lena"),
        ("Paper Boats (Live and Let Die)", "Lena"),
        ("Paper Boats (Live, Part 2)", "Lena"),
        ("Paper Boats - Live Forever", "Lena"),
        ("Paper Boats (Remixture)", "Lena"),
        ("Paper Boats No. 5 (Andante)", "Lena"),
        ("Paper Boats", "North Quay"),
        ("Paper", "Lena"),
    ],
)
def test_another_piece_is_not(title: str, artist: str) -> None:
    assert parse(title, artist).key != parse("Paper Boats", "Lena").key


@pytest.mark.parametrize("artist", ["", "  ", "Unknown Artist", "various artists", "<Unknown>"])
def test_without_an_artist_nothing_is_known_of_a_song(artist: str) -> None:
    assert not parse("Intro (Live)", artist).is_known


def test_without_a_title_nothing_is_known_of_a_song() -> None:
    assert not parse("(Live)", "Lena").is_known
    assert not parse("", "Lena").is_known


def test_what_stands_behind_the_artist_is_the_title_and_no_version() -> None:
    assert parse("Lena - Live", "Lena") == Song("lena live", "lena", ())
    assert parse("Lena - Boats - Live", "Lena") == Song("lena boats", "lena", ("live",))


TITLE = st.text("abc XYZ.-", min_size=1, max_size=20).filter(lambda text: text.strip(" .-"))
VERSION = st.sampled_from(
    ("Live", "2011 Remaster", "Live at the Quay, 1998", "Radio Edit", "Demo", "No Drums", "30 sec")
)


@given(TITLE, st.lists(VERSION, min_size=1, max_size=3))
def test_any_words_of_versions_in_any_order_leave_the_song(title: str, versions: list[str]) -> None:
    base = parse(f"{title} Q", "Lena")
    for words in versions:
        bracketed = parse(f"{title} Q " + " ".join(f"({words})" for words in versions), "Lena")
        dashed = parse(f"{title} Q - {words}", "Lena")
        assert bracketed.key == dashed.key == base.key
        assert dashed.kinds
        assert set(dashed.kinds) <= set(bracketed.kinds)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_title_is_read(title: str, artist: str) -> None:
    song = parse(title, artist)
    assert set(song.kinds) <= set(KINDS)
    assert parse(title, artist) == song


def test_a_title_that_never_ends_is_read_at_once() -> None:
    began = time.perf_counter()
    for title in ("(" * 100_000 + "live" + ")" * 100_000, " " * 200_000 + "x", "live " * 50_000, "- live " * 50_000):
        parse(title, "Lena")
        parse(f"Boats ({title})", "Lena")
    assert time.perf_counter() - began < 2
