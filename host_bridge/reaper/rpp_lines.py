"""REAPER project text as a tree of its own lines: what is not touched is written as it was read, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST = 100
"""Blocks inside of each other; REAPER writes fewer than ten."""
QUOTES = "\"'`"


@dataclass
class Block:
    """A block: `head` is its line with "<", `tail` the one with ">", each with its line end.

    Attributes
    ----------
    body : list of (str or Block)
        Lines and blocks in order.
    """

    head: str
    tail: str = ""
    body: list[str | Block] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """What kind of block it is: "TRACK"."""
        return self.words()[0]

    def words(self) -> list[str]:
        """The words of its first line, without "<"."""
        return words_of(self.head.partition("<")[2]) or [""]

    def blocks(self, tag: str) -> Iterator[Block]:
        """The blocks of a kind directly in it."""
        for part in self.body:
            if isinstance(part, Block) and part.tag == tag:
                yield part

    def lines(self, tag: str) -> Iterator[list[str]]:
        """The words of each line that begins with a word, without blocks."""
        for part in self.body:
            if isinstance(part, str) and part.split(maxsplit=1)[:1] == [tag]:
                yield words_of(part)

    def line(self, tag: str) -> list[str]:
        """The words of the first such line after its first; empty where there is none."""
        return next(self.lines(tag), [tag])[1:]

    def put(self, tag: str, line: str, *, indent: str, end: str) -> None:
        """Replace the first such line, or add it at the top."""
        made = f"{indent}{line}{end}"
        for index, part in enumerate(self.body):
            if isinstance(part, str) and part.split(maxsplit=1)[:1] == [tag]:
                self.body[index] = made
                return
        self.body.insert(0, made)


def parse(text: str) -> Block:
    """Read the text of a project.

    Returns
    -------
    Block
        A block without a first line, around all: the project is in it, with whatever lies around it.

    Raises
    ------
    ValueError
        Its blocks do not close, or it is no project.
    """
    top = Block("")
    open_blocks = [top]
    for line in _lines(text):
        start = line.lstrip(" \t\ufeff")
        if start.startswith("<"):
            block = Block(line)
            open_blocks[-1].body.append(block)
            open_blocks.append(block)
            if len(open_blocks) > DEEPEST:
                raise ValueError(f"more than {DEEPEST} blocks inside of each other")
        elif start.rstrip() == ">":
            if len(open_blocks) == 1:
                raise ValueError("a block is closed that was never opened")
            open_blocks.pop().tail = line
        else:
            open_blocks[-1].body.append(line)
    if len(open_blocks) > 1:
        raise ValueError(f"the block {open_blocks[-1].tag or '<'} is not closed; is the file cut off?")
    if next(top.blocks("REAPER_PROJECT"), None) is None:
        raise ValueError("it is no REAPER project")
    return top


def _lines(text: str) -> list[str]:
    # Not `splitlines`: names may hold U+2028 and U+0085, which end no line here.
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def write(block: Block) -> str:
    """The text of a block and all that is in it."""
    out = [block.head]
    for part in block.body:
        out.append(part if isinstance(part, str) else write(part))
    out.append(block.tail)
    return "".join(out)


def words_of(line: str) -> list[str]:
    """The words of a line; those in quotes may hold spaces, and a quote that is not closed goes to the end."""
    found, rest = [], line.strip(" \t\r\n")
    while rest:
        if rest[0] in QUOTES:
            word, _, rest = rest[1:].partition(rest[0])
        else:
            end = next((i for i, char in enumerate(rest) if char in " \t"), len(rest))
            word, rest = rest[:end], rest[end:]
        found.append(word)
        rest = rest.lstrip(" \t")
    return found


def quoted(text: str) -> str:
    """A text as one word. One with all three quotes loses the third kind, as in REAPER; line ends become spaces."""
    text = " ".join(text.replace("\0", " ").splitlines())
    quote = next((q for q in QUOTES if q not in text), None)
    return f"{quote}{text}{quote}" if quote else f"`{text.replace('`', chr(39))}`"
