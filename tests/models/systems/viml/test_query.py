from __future__ import annotations

from pathlib import Path

import pytest
import torch
from viml_data import settings, shelf, write_video

from models.datasets.registry import open_data
from models.errors import CheckpointError
from models.systems.viml.prepare import prepare
from models.systems.viml.query import Searcher, main
from models.systems.viml.recipe import build
from models.systems.viml.settings import ViMLSettings
from models.trainer.fit import fit
from plugin.errors import InputError

pytestmark = pytest.mark.usefixtures("word_vectors")
SMALL = {
    "model": {"width": 32, "heads": 4, "inner": 64, "layers": 1},
    "data": {"video": "auto", "music": "auto", "text_encoder": "sentence", "fps": 2.0, "standardise": True},
    "stages": {"train": {"batch": 4, "epochs": 2, "warmup": 0}},
}


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write six videos with their music, as a user has them; one comes with words."""
    folder = tmp_path_factory.mktemp("videos")
    for number, split in enumerate(["train"] * 3 + ["valid"] * 2 + ["test"]):
        (folder / split).mkdir(exist_ok=True)
        write_video(folder / split / f"{number}.mkv", 12.0 + number, fps=2, tone=110.0 * (1 + number))
    (folder / "train" / "0.txt").write_text("a deep tone\n")
    return folder


def trained(folder: Path, videos: Path, variant: str = "viml") -> Path:
    chosen = ViMLSettings.model_validate({**SMALL, "model": {**SMALL["model"], "variant": variant}})
    prepared = prepare(chosen, open_data(f"pairs:{videos}"), folder)
    torch.manual_seed(0)
    fit(build(chosen, prepared.state()), prepared, chosen, folder=folder / "run", device="cpu", progress=False)
    return folder / "run"


def test_own_videos_train_and_answer(tmp_path, videos, capsys):
    run = trained(tmp_path, videos)
    found = []
    for text in ("", "a deep tone"):
        arguments = ["--checkpoint", str(run), "--music", str(videos), "--video", str(videos / "test" / "5.mkv"),
                     "--text", text, "--cache", str(tmp_path / "cache"), "--count", "4"]  # fmt: skip
        assert main(arguments) == 0
        lines = capsys.readouterr().out.splitlines()
        scores = [float(line.split()[0]) for line in lines]
        assert len(lines) == 4
        assert scores == sorted(scores, reverse=True)
        assert all(-1 <= score <= 1 for score in scores)
        found.append(scores)
    assert found[0] != found[1]


def test_parts_of_tracks_are_told_in_seconds(tmp_path, videos):
    searcher = Searcher(trained(tmp_path, videos), tmp_path)
    tracks = sorted(videos.rglob("*.mkv"))
    query = searcher.query(text="a deep tone")
    whole, parts = searcher.rank(query, tracks), searcher.rank(query, tracks, segments=1)
    assert [match.start for match in whole] == [None] * 6
    assert {(match.start, match.end) for match in parts} <= {(0.0, 10.0), (10.0, 20.0)}
    features, failed = searcher.features(tracks[:1])
    assert not failed
    segment = torch.ones(1, 1, dtype=torch.bool)
    with torch.no_grad():
        vectors = [
            searcher.system.embed_music(torch.from_numpy(features[tracks[0]])[None, at : at + 1], segment)
            for at in range(2)
        ]
    best = max(float(vector @ query[0]) for vector in vectors)
    assert next(match.score for match in parts if match.path == tracks[0]) == pytest.approx(best, abs=1e-5)


def test_tracks_that_cannot_be_read_are_left_out(tmp_path, videos, capsys):
    run = trained(tmp_path, videos)
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "broken.wav").write_bytes(b"nothing")
    arguments = ["--checkpoint", str(run), "--music", str(tmp_path / "music"), "--text", "calm",
                 "--cache", str(tmp_path)]  # fmt: skip
    assert main(arguments) == 2
    assert "none of 1 tracks could be read" in capsys.readouterr().err


def test_variants_say_what_they_need(tmp_path, videos):
    # Only the first video has words, so the variant of text alone has one training text.
    for variant, line in (("mvpt+", "needs a video"), ("mt", "needs a text"), ("viml", "a video, a text or both")):
        searcher = Searcher(trained(tmp_path / variant, videos, variant), tmp_path)
        with pytest.raises(InputError, match=line):
            searcher.query(text="calm" if variant == "mvpt+" else "")


def test_a_checkpoint_of_shipped_features_cannot_look_at_files(tmp_path, videos, capsys):
    chosen = settings(train={"epochs": 1})
    prepared = prepare(chosen, shelf(tmp_path), tmp_path)
    fit(build(chosen, prepared.state()), prepared, chosen, folder=tmp_path / "run", device="cpu", progress=False)
    code = main(["--checkpoint", str(tmp_path / "run"), "--music", str(videos), "--video", str(videos / "test/5.mkv")])
    assert code == 2
    assert "cannot look at files" in capsys.readouterr().err


def test_something_else_than_a_checkpoint_is_one_line(tmp_path):
    (tmp_path / "best.pt").write_bytes(b"nothing")
    with pytest.raises(CheckpointError):
        Searcher(tmp_path, tmp_path)


def test_the_shipped_configurations_are_valid():
    import tomllib

    folder = Path(__file__).parents[4] / "models" / "configs"
    paper, small = (
        ViMLSettings.model_validate(tomllib.loads((folder / f"{name}.toml").read_text()))
        for name in ("viml", "viml-small")
    )
    assert paper == ViMLSettings.model_validate({"data": {"synthesis": {"threshold": 0.3}}})
    assert small.model.width < paper.model.width
