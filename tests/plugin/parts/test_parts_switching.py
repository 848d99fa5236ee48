"""What a change of the models in use means, before it is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_parts import write_part

from plugin.errors import InputError, PackError
from plugin.pack import Pack
from plugin.parts.choice import choice, choose
from plugin.parts.switching import plan_switch
from plugin.paths import pack_dir, parts_dir

CORE = Pack(pack_dir()).space


def install(name: str, role: str, **changes: object) -> Path:
    return write_part(parts_dir() / name, role, **changes)


@pytest.mark.parametrize(
    ("role", "space"), [("joint", f"toy-joint-1+{CORE}"), ("tags", f"{CORE}+toy-tags-1"), ("text", CORE),
                        ("video", CORE), ("captions", CORE), ("titles", CORE)],
)  # fmt: skip
def test_music_and_tags_change_the_space_and_the_rest_does_not(role, space) -> None:
    install("mine", role)
    switch = plan_switch(role, "mine", "cpu")
    assert (switch.before, switch.engine.space, switch.changes_space) == (CORE, space, space != CORE)
    assert choice() == {}
    switch.make()
    assert choice() == {role: "mine"}
    back = plan_switch(role, None, "cpu")
    assert (back.before, back.engine.space) == (space, CORE)
    back.make()
    assert choice() == {}


def test_words_that_do_not_fit_the_new_space_go_out_of_use() -> None:
    install("mini", "text")
    install("clap", "joint")
    choose("text", "mini")
    switch = plan_switch("joint", "clap", "cpu")
    assert switch.dropped is not None and switch.dropped.name == "mini"
    switch.make()
    assert choice() == {"joint": "clap"}
    with pytest.raises(PackError, match=r"mini: its words are for the space core-.*; clap reads words as it is"):
        plan_switch("text", "mini", "cpu")


def test_words_of_the_joint_space_go_with_it() -> None:
    install("clap", "joint")
    install("reader", "text", for_space="toy-joint-1")
    choose("joint", "clap")
    choose("text", "reader")
    switch = plan_switch("joint", None, "cpu")
    assert switch.dropped is not None and switch.dropped.name == "reader"


def test_a_change_elsewhere_leaves_words_that_fit() -> None:
    install("mini", "text")
    install("nn", "tags")
    choose("text", "mini")
    switch = plan_switch("tags", "nn", "cpu")
    assert switch.dropped is None and set(switch.engine.parts) == {"text", "tags"}


def test_another_part_that_cannot_be_used_is_no_hindrance() -> None:
    install("nn", "tags")
    install("mini", "text", for_space="of-old")
    install("film", "video")
    choose("text", "mini")
    choose("video", "film")
    (parts_dir() / "film" / "video.onnx").unlink()
    assert set(plan_switch("tags", "nn", "cpu").engine.parts) == {"tags"}


def test_what_is_damaged_or_not_there_is_not_put_into_use() -> None:
    graph = install("clap", "joint") / "music.onnx"
    graph.write_bytes(bytes(graph.stat().st_size))
    with pytest.raises(PackError, match=r"music.onnx: wrong checksum"):
        plan_switch("joint", "clap", "cpu")
    with pytest.raises(InputError, match="gone: no such model is installed"):
        plan_switch("joint", "gone", "cpu")
    with pytest.raises(InputError, match="role 'smell': unknown"):
        plan_switch("smell", None, "cpu")
    with pytest.raises(InputError, match="clap: a part for joint, not for tags"):
        plan_switch("tags", "clap", "cpu")
