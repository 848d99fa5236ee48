"""The script's own JSON against Python's."""

from __future__ import annotations

import json
import math
import random
import subprocess
from collections.abc import Callable, Iterator

import pytest
from reaper_process import SCRIPT, lua

LOOP = """
local json = dofile(arg[1]).json
io.stdout:setvbuf("line")
for line in io.lines() do
  local value, reason = json.decode(line)
  if value == nil then io.write("! ", reason, "\\n") else io.write("= ", json.encode(value), "\\n") end
end
"""


@pytest.fixture(scope="module")
def through_lua() -> Iterator[Callable[[str | bytes], str]]:
    """A line of JSON, decoded and encoded again by the script."""
    process = subprocess.Popen(
        [lua(), "-e", f"arg = {{[1] = [[{SCRIPT}]]}} " + LOOP.replace("\n", " ")], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    def ask(line: str | bytes) -> str:
        process.stdin.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
        process.stdin.flush()
        return process.stdout.readline().decode("ascii").rstrip("\n")

    yield ask
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


def random_value(chance: random.Random, depth: int = 0) -> object:
    kind = chance.randrange(9 if depth < 5 else 6)
    if kind == 0:
        return chance.choice([None, True, False, "", [], {}])
    if kind == 1:
        return chance.choice([0, -1, 2**53, -(2**53), 2**63 - 1, -(2**63), chance.randrange(-(10**9), 10**9)])
    if kind == 2:
        return chance.choice([0.1, 1e300, 5e-324, -2.5, 1 / 3, chance.uniform(-1e6, 1e6)])
    if kind < 6:
        return "".join(chance.choice('ab"\\/\b\f\n\r\t\0\x1f\x7fäß€暖\u2028\ud7ff\ue000\uffff🎸\U0010ffff')
                       for _ in range(chance.randrange(12)))  # fmt: skip
    if kind == 6:
        return {str(random_text(chance)): random_value(chance, depth + 1) for _ in range(chance.randrange(5))}
    return [random_value(chance, depth + 1) for _ in range(chance.randrange(5))]


def random_text(chance: random.Random) -> str:
    return "".join(chance.choice('abcäö🎸"\\ ') for _ in range(chance.randrange(6)))


def test_random_values_come_back_as_they_were(through_lua: Callable[[str | bytes], str]) -> None:
    chance = random.Random(4)
    for number in range(3000):
        value = random_value(chance)
        answer = through_lua(json.dumps(value, ensure_ascii=number % 2 == 0))
        assert answer.startswith("= "), (value, answer)
        assert json.loads(answer[2:]) == value
        assert json.dumps(json.loads(answer[2:]), sort_keys=True) == json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("line", [
    "", "{", "[1,]", '{"a":1,}', "[1 2]", '"a', '"\\x"', '"\\u12g4"', "01", "-", "1.", "+1", ".5", "nul", "tru", "NaN",
    "Infinity", "[1]]", "{1:2}", '{"a" 1}', "'a'", '"\t"', "[" * 100 + "]" * 100, "1e", "\x00",
])  # fmt: skip
def test_what_is_no_json_is_refused(through_lua: Callable[[str | bytes], str], line: str) -> None:
    assert through_lua(line).startswith("! ")


def test_numbers_keep_their_kind(through_lua: Callable[[str | bytes], str]) -> None:
    for line, value in (("1", 1), ("-0", 0), ("1.0", 1.0), ("9007199254740993", 9007199254740993), ("1e3", 1000.0)):
        found = json.loads(through_lua(line)[2:])
        assert found == value
        assert isinstance(found, int) or isinstance(value, float)
    assert math.isclose(json.loads(through_lua("123456789012345678901234567890")[2:]), 123456789012345678901234567890)


def test_lone_halves_of_surrogates(through_lua: Callable[[str | bytes], str]) -> None:
    assert json.loads(through_lua(r'"\ud83c x"')[2:]) == "\ufffd x"
    assert json.loads(through_lua(r'"\ud83c\ud83c\udfb8"')[2:]) == "\ufffd🎸"
    assert json.loads(through_lua(r'"\udc00"')[2:]) == "\ufffd"
    assert json.loads(through_lua(r'"a\udcff"')[2:]) == "a\ufffd"  # the byte 255, which is no UTF-8


def test_bytes_that_are_no_utf8_become_replacement_characters(through_lua: Callable[[str | bytes], str]) -> None:
    for raw in (b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"):
        answer = through_lua(b'"a' + raw + b'b"')
        assert answer.startswith('= "a\\ufffd')
        assert answer.endswith('b"')
