from __future__ import annotations

import math
import random
import struct

import pytest

from host_bridge.ardour.osc import BUNDLE, Message, OscError, decode, encode


@pytest.mark.parametrize(
    ("arguments", "packet"),
    [
        ((), b"/a\0\0,\0\0\0"),
        ((1, -1), b"/a\0\0,ii\0\0\0\0\1\xff\xff\xff\xff"),
        ((0.5,), b"/a\0\0,f\0\0\x3f\0\0\0"),
        (("abc",), b"/a\0\0,s\0\0abc\0"),
        (("abcd",), b"/a\0\0,s\0\0abcd\0\0\0\0"),
    ],
)
def test_a_message_is_written_as_the_standard_says(arguments: tuple[int | float | str, ...], packet: bytes) -> None:
    assert encode("/a", *arguments) == packet
    assert decode(packet) == [Message("/a", arguments)]


def test_what_osc_has_no_place_for_is_refused() -> None:
    for bad in (2**31, "a\0b", 1e300, True, None, [1]):
        with pytest.raises(OscError):
            encode("/a", bad)  # type: ignore[arg-type]


def test_all_types_that_ardour_sends_are_read() -> None:
    packet = b"/x\0\0,hdtTFNISb\0\0" + struct.pack(">qdQ", -5, 0.25, 7) + b"s\0\0\0" + struct.pack(">i", 3) + b"abc\0"
    assert decode(packet) == [Message("/x", (-5, 0.25, 7, True, False, None, math.inf, "s", b"abc"))]


def test_words_that_are_no_utf_8_are_read_as_well_as_can_be() -> None:
    assert decode(b"/a\0\0,s\0\0\xff\xfe\0\0") == [Message("/a", ("��",))]


def test_bundles_inside_of_bundles_give_their_messages_in_order() -> None:
    inner = bundle(encode("/two"), encode("/three", 3))
    found = decode(bundle(encode("/one"), inner, encode("/four")))
    assert [m.address for m in found] == ["/one", "/two", "/three", "/four"]


def bundle(*elements: bytes) -> bytes:
    return BUNDLE + bytes(8) + b"".join(struct.pack(">i", len(e)) + e for e in elements)


@pytest.mark.parametrize("packet", [
    b"", b"\0", b"abc", b"/a", b"/a\0\0,i\0\0", b"/a\0\0,i\0\0\0\0", b"/a\0\0i\0\0\0\0\0\0\0", b"/a\0\0,s\0\0abc",
    b"/a\0\0,b\0\0\xff\xff\xff\xff", b"/a\0\0,b\0\0\0\0\0\x09ab\0\0", b"/a\0\0,q\0\0", b"a\0\0\0,\0\0\0", BUNDLE,
    BUNDLE + bytes(8) + b"\0\0\0\x40", BUNDLE + bytes(8) + b"\xff\xff\xff\xff", BUNDLE + bytes(8) + bytes(4),
])  # fmt: skip
def test_a_malformed_packet_is_refused(packet: bytes) -> None:
    with pytest.raises(OscError):
        decode(packet)


def test_bundles_that_are_nested_too_deep_are_refused() -> None:
    packet = encode("/deep")
    for _ in range(200):
        packet = bundle(packet)
    with pytest.raises(OscError, match="deep"):
        decode(packet)


def test_no_packet_does_anything_but_be_read_or_refused() -> None:
    rng = random.Random(4)
    seeds = [encode("/strip/name", 3, "Bäss", 0.5), bundle(encode("/a", 1), encode("/b", "x")), b"/x\0\0,hdb\0\0\0\0"]
    refused = 0
    for _ in range(20_000):
        packet = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 5)):
            packet[rng.randrange(len(packet))] = rng.randrange(256)
        try:
            assert all(isinstance(m, Message) for m in decode(bytes(packet[: rng.randrange(len(packet) + 1)])))
        except OscError:
            refused += 1
    assert refused > 1000
