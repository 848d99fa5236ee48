"""The heuristic baseline: tags put into a sentence that training sentences have worn out.

Templates are learnt: in every training sentence the words that are tags of its recording become a slot of their
group, and sentences that are then alike are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

Tags = Mapping[str, Sequence[str]]
"""Tags of a recording by group, surest first."""
MOST = 64
_SLOT = re.compile(r"\{([^{}]+)\}")


def by_group(tags: Mapping[str, float], groups: Mapping[str, str]) -> dict[str, list[str]]:
    """Sort a recording's tags into groups, surest first."""
    found: dict[str, list[str]] = {}
    for tag in sorted(tags, key=lambda tag: (-tags[tag], tag)):
        found.setdefault(groups.get(tag, "tag"), []).append(tag)
    return found


def make_template(text: str, tags: Tags) -> str:
    """Put the slot {group} for every tag that stands in the text as words of their own."""
    words = {tag.lower(): group for group, members in tags.items() for tag in members}
    text = text.replace("{", "(").replace("}", ")")
    if not words:
        return text
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)
    return pattern.sub(lambda match: "{" + words[match[1].lower()] + "}", text)


def learn_templates(pairs: Iterable[tuple[str, Tags]]) -> list[str]:
    """Give the templates of (sentence, tags), the most frequent first; of equals that with more slots, then by name."""
    counts = Counter(make_template(text, tags) for text, tags in pairs)
    return sorted(counts, key=lambda template: (-counts[template], -len(_SLOT.findall(template)), template))[:MOST]


def write_sentence(templates: Sequence[str], tags: Tags) -> str:
    """Fill the most frequent template whose slots the tags can fill; without any, the most frequent one's words."""
    for template in templates:
        wanted = Counter(_SLOT.findall(template))
        if wanted and all(len(tags.get(group, ())) >= count for group, count in wanted.items()):
            left = {group: iter(members) for group, members in tags.items()}
            return _SLOT.sub(lambda match, left=left: next(left[match[1]]), template)  # type: ignore[misc]
    return " ".join(_SLOT.sub("", templates[0]).split()) if templates else ""
