"""The add-on is one file that needs nothing but Blender."""

from __future__ import annotations

import ast
import sys
from importlib.resources import files

import pytest

from host_bridge.blender.integration import ADDON
from host_bridge.blender.places import OLDEST
from host_bridge.host import Capability
from host_bridge.transport import messages
from host_bridge.transport.address import bridge_folder

SOURCE = files("host_bridge.scripts").joinpath(ADDON).read_text(encoding="utf-8")


def constants() -> dict[str, object]:
    found: dict[str, object] = {}
    for node in ast.parse(SOURCE).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def test_it_imports_only_the_standard_library_and_blenders_modules() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert imported - sys.stdlib_module_names == {"bpy", "aud"}


@pytest.mark.parametrize("version", [(3, 10), (3, 11)])
def test_it_is_written_for_the_python_of_each_blender(version: tuple[int, int]) -> None:
    ast.parse(SOURCE, feature_version=version)


def test_it_agrees_with_the_panel() -> None:
    known = constants()
    assert known["PROTOCOL"] == messages.PROTOCOL
    assert known["bl_info"]["blender"][:2] == OLDEST
    assert set(known["CAPABILITIES"]) < set(Capability)
    # The rule for the folder is the panel's, word for word.
    theirs = next(n for n in ast.parse(SOURCE).body if isinstance(n, ast.FunctionDef) and n.name == "bridge_folder")
    for system in ("win32", "darwin"):
        assert f'"{system}"' in ast.unparse(theirs).replace("'", '"')
    space: dict[str, object] = {}
    exec(compile("import os, sys\nfrom pathlib import Path\n" + ast.unparse(theirs), "folder", "exec"), space)
    assert space["bridge_folder"]() == bridge_folder()
