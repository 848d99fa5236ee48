"""What is particular to a publisher's format."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import random
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
import trees

from models.datasets.base import SPLITS, DataSet, Record
from models.datasets.conceptual_captions import ConceptualCaptions
from models.datasets.fma import Fma
from models.datasets.msd_timbre import MsdTimbre, certain_places
from models.datasets.music_text_clips import MusicTextClips
from models.datasets.musiccaps import MusicCaps
from models.datasets.pairs import Pairs
from models.datasets.registry import NAMES, find, open_data, options, parse
from models.datasets.song_interpretation import SongInterpretation
from models.datasets.synaesthesia import Synaesthesia
from models.datasets.youtube8m_musicvideo import Youtube8mMusicVideo
from models.errors import DatasetError


def by_key(data: DataSet) -> dict[str, Record]:
    return {record.key: record for split in SPLITS for record in data.records(split)}


class TestSynaesthesia:
    @pytest.mark.parametrize(
        ("times", "expected"),
        [
            ({"start": 0, "end": 0, "duration": "4:59"}, (0, 299)),
            ({"start": 1440, "end": 0, "duration": "7:14"}, (1440, 1874)),
            ({"start": 242, "end": 437, "duration": 0}, (242, 437)),
            ({"start": 13, "end": 545, "duration": "8:52"}, (13, 545)),
            ({"start": 856, "end": 0, "duration": 0}, (856, None)),
            ({"start": 0, "end": 0, "duration": "1:01:01"}, (0, 3661)),
        ],
    )
    def test_all_forms_of_time(
        self, times: dict[str, object], expected: tuple[float, float | None], tmp_path: Path
    ) -> None:
        trees.synaesthesia(tmp_path)
        table = tmp_path / "synaesthesia_pairs.jsonl"
        lines = table.read_text(encoding="utf-8").splitlines()
        pair = json.loads(lines[0])
        pair["music_info"] |= times
        table.write_text("\n".join([json.dumps(pair), *lines[1:]]), encoding="utf-8")
        record = by_key(Synaesthesia(tmp_path))[pair["sent_id"]]
        assert (record.start, record.end) == expected
        assert record.texts == ("A buoyant Rondo é.",)

    def test_works_that_share_a_video_stay_together_and_a_repeated_id_stays_unique(self, tmp_path: Path) -> None:
        trees.synaesthesia(tmp_path)
        table = tmp_path / "synaesthesia_pairs.jsonl"
        pairs = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
        for pair in pairs[2::2]:
            pair["music_info"]["youtube_id"] = pairs[0]["music_info"]["youtube_id"]
        pairs.append(pairs[5])
        table.write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")
        data = Synaesthesia(tmp_path)
        assert {record.group for record in by_key(data).values()} == {"Work-0-in-A-major"}
        assert f"{pairs[5]['sent_id']}##2" in by_key(data)
        assert not [line for line in data.validate().problems if "more than once" in line]

    def test_the_five_folds_test_each_pair_once(self, tmp_path: Path) -> None:
        trees.synaesthesia(tmp_path)
        tested = [record.key for fold in range(5) for record in Synaesthesia(tmp_path, fold=fold).records("test")]
        assert sorted(tested) == sorted(by_key(Synaesthesia(tmp_path)))
        with pytest.raises(DatasetError, match="fold 5: there are 5 folds, 0 to 4"):
            Synaesthesia(tmp_path, fold=5)


class TestConceptualCaptions:
    URLS = tuple(f"http://example.org/{i}" for i in range(8))

    def write(self, root: Path, names: Sequence[str], header: str = "") -> ConceptualCaptions:
        lines = [f"caption {i}\t{url}\n" for i, url in enumerate(self.URLS)]
        (root / "Train_GCC-training.tsv").write_text(header + "".join(lines))
        (root / "images/training").mkdir(parents=True)
        for i, name in enumerate(names):
            (root / "images/training" / name).write_bytes(str(i).encode())
        return ConceptualCaptions(root)

    @pytest.mark.parametrize(
        "naming",
        ["{row}.jpg", "{row:09d}.jpg", "{row}_{crc}", "{crc}", "{md5}.png"],
        ids=["row", "padded", "row-crc", "crc", "md5"],
    )
    @pytest.mark.parametrize("header", ["", "caption\turl\n"], ids=["published", "header"])
    def test_images_of_the_usual_downloaders_are_found(self, naming: str, header: str, tmp_path: Path) -> None:
        names = [
            naming.format(row=i, crc=crc32(url.encode()), md5=hashlib.md5(url.encode()).hexdigest())
            for i, url in enumerate(self.URLS)
        ]
        data = self.write(tmp_path, names, header)
        records = data.records("train")
        assert [record.key for record in records] == [f"training-{i}" for i in range(8)]
        assert [record.image.read_bytes() for record in records if record.image] == [str(i).encode() for i in range(8)]

    def test_an_image_of_another_address_is_not_taken(self, tmp_path: Path) -> None:
        data = self.write(tmp_path, [f"0_{crc32(self.URLS[0].encode())}", f"1_{crc32(self.URLS[0].encode())}"])
        assert [record.key for record in data.records("train")] == ["training-0"]
        report = data.validate()
        assert report.counts["rows without an image"] == 7
        assert "there is nothing to validate on" in "".join(report.problems)


class TestFma:
    def test_subsets_hold_one_another(self, tmp_path: Path) -> None:
        trees.fma(tmp_path)
        (tmp_path / "fma_large/000").mkdir(parents=True)
        (tmp_path / "fma_large/000/000005.mp3").write_bytes(b"ID3")
        assert list(by_key(Fma(tmp_path, subset="large"))) == ["000005"]
        assert "000005" not in by_key(Fma(tmp_path))
        with pytest.raises(DatasetError, match="subset 'tiny': choose one of small, medium, large, full"):
            Fma(tmp_path, subset="tiny")

    def test_titles_genres_and_artists(self, tmp_path: Path) -> None:
        trees.fma(tmp_path)
        record = by_key(Fma(tmp_path))["001002"]
        assert (record.title, record.group) == ("Title 1", "artist-1")
        assert record.tags == {"Hip-Hop": 1.0, "Wonky": 1.0}
        assert record.tag_groups == {"Hip-Hop": "genre", "Wonky": "genre"}
        (tmp_path / "fma_metadata/genres.csv").unlink()
        assert by_key(Fma(tmp_path))["001002"].tags == {"Hip-Hop": 1.0}
        assert "main genre only" in "".join(Fma(tmp_path).validate().problems)


class TestMsdTimbre:
    SONGS = tuple((f"AR{i // 3:02d}", f"Album {9 - i % 3}", f"Song {i}", 1960 + (i * 7) % 40) for i in range(60))

    def test_certain_places_agree_with_all_embeddings(self) -> None:
        rng = random.Random(1)
        for _ in range(200):
            listed = [rng.choice([1, 2, 3]) for _ in range(8)]
            kept = sorted(rng.sample(range(8), 6))
            years = [0 if rng.random() < 0.1 else listed[place] for place in kept]
            ways = [
                way
                for way in itertools.combinations(range(8), 6)
                if all(year in (0, listed[place]) for year, place in zip(years, way, strict=True))
            ]
            expected = [places[0] if len(set(places)) == 1 else -1 for places in zip(*ways, strict=True)]
            assert certain_places(years, listed) == expected
        assert certain_places([1, 2], [2, 1]) is None
        assert certain_places([1, 1], [1]) is None

    def database(self, root: Path, dropped: Sequence[int] = (), years: Sequence[int] = ()) -> MsdTimbre:
        shuffled = list(self.SONGS)
        random.Random(2).shuffle(shuffled)
        trees.msd_database(
            root / "track_metadata.db", [*shuffled, ("AR99", "x", "A test song", 1999), ("AR00", "x", "No year", 0)]
        )
        (root / "artists_test.txt").write_text("AR99\nAR98\n")
        rows = [song for i, song in enumerate(sorted(self.SONGS, key=lambda song: song[:2])) if i not in dropped]
        years = years or [song[3] for song in rows]
        (root / "YearPredictionMSD.txt").write_text(trees.timbre_rows([*years, 1999, 1998]))
        self.rows = rows
        return MsdTimbre(root, train_rows=len(years))

    def test_titles_come_from_the_database_in_the_publishers_order(self, tmp_path: Path) -> None:
        data = self.database(tmp_path, dropped=(4, 31))
        records = by_key(data)
        assert len(records) >= 50
        for key, record in records.items():
            artist, _, title, year = self.rows[int(key.removeprefix("row-"))]
            assert (record.title, record.group, record.numbers["year"]) == (title, f"artist-{artist}", year)
            assert record.features["timbre"].shape == (90,)
            assert record.features["timbre"].dtype == np.float32
        report = data.validate()
        assert report.counts["rows without a certain title"] == 60 - len(records)
        assert sum(report.counts[split] for split in SPLITS) == len(records)

    def test_a_list_that_does_not_fit_gives_no_wrong_titles(self, tmp_path: Path) -> None:
        data = self.database(tmp_path, years=[1900] * 60)
        report = data.validate()
        assert report.fatal
        assert "do not fit the years of the first 60 rows" in report.problems[-1]
        with pytest.raises(DatasetError, match="do not fit"):
            data.records("train")

    def test_a_file_that_is_no_database_is_told(self, tmp_path: Path) -> None:
        data = self.database(tmp_path)
        (tmp_path / "track_metadata.db").write_bytes(b"SQLite format 3\x00 not really" * 100)
        assert r"no track_metadata.db of the Million Song Dataset" in data.validate().problems[-1]
        (tmp_path / "artists_test.txt").unlink()
        assert "artists_test.txt: no such file" in data.validate().problems[-1]

    def test_own_titles_must_agree_with_the_years(self, tmp_path: Path) -> None:
        trees.msd_timbre(tmp_path)
        lines = (tmp_path / "titles.txt").read_text(encoding="utf-8").splitlines()
        lines[2] = lines[2].replace("2003", "1950")
        (tmp_path / "titles.txt").write_text("\n".join(lines), encoding="utf-8")
        data = MsdTimbre(tmp_path, train_rows=8)
        assert "line 3 (year 1950, but row 2 has 2003)" in "".join(data.validate().problems)
        assert "row-2" not in by_key(data)
        assert by_key(data)["row-3"].title == "Título 3"
        (tmp_path / "titles.txt").write_text("\n".join(lines[1:]), encoding="utf-8")
        assert "11 lines for 12 rows" in data.validate().problems[-1]

    def test_without_titles_the_published_split_stays(self, tmp_path: Path) -> None:
        trees.msd_timbre(tmp_path)
        (tmp_path / "titles.txt").unlink()
        data = MsdTimbre(tmp_path, train_rows=8)
        assert [record.key for record in data.records("test")] == ["row-8", "row-9", "row-10", "row-11"]
        assert "the rows have no titles" in "".join(data.validate().problems)


class TestSongInterpretation:
    def test_votes_choose_the_publishers_variant(self, tmp_path: Path) -> None:
        trees.song_interpretation(tmp_path)
        positive = tmp_path / "metadata/df_positive_train.csv"
        with positive.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["music4all_id", "lyrics", "comment"], ["S001", "la", "Voted for"]])
        found = list(by_key(SongInterpretation(tmp_path, votes="positive")).values())
        assert [record.texts for record in found if record.group == "S001"] == [("Voted for",)]
        with pytest.raises(DatasetError, match=r"df_not_negative_train\.csv nor dataset_not_negative_256_clean\.json"):
            SongInterpretation(tmp_path, votes="not_negative").records("train")
        with pytest.raises(DatasetError, match="votes 'many': choose one of any, not_negative, positive"):
            SongInterpretation(tmp_path, votes="many")

    def test_titles_and_lyrics(self, tmp_path: Path) -> None:
        trees.song_interpretation(tmp_path)
        record = by_key(SongInterpretation(tmp_path))["S000-1"]
        assert record.title == 'The "Title"'
        assert record.lyrics == "first line\nsecond line"
        assert len(by_key(SongInterpretation(tmp_path, require_audio=False))) == 36


class TestYoutube8mRecords:
    def test_features_are_those_of_the_publisher(self, tmp_path: Path) -> None:
        trees.youtube8m_records(tmp_path)
        records = by_key(Youtube8mMusicVideo(tmp_path))
        assert set(records) == {*(f"aa{i:02d}" for i in range(5)), "bb00", *(f"cc{i:02d}" for i in range(6))}
        record = records["aa03"]
        assert dict(record.tags) == {"Guitar": 1.0}
        assert (record.features["video"].shape, record.features["music"].shape) == ((6, 1024), (6, 128))
        # The publisher's rule: value * (max - min) / 255 + (max - min) / 512 + min, with max 2 and min -2.
        assert record.features["video"][5] == pytest.approx(np.full(1024, 6 * 4 / 255 + 4 / 512 - 2), abs=1e-6)
        assert record.features["music"][2] == pytest.approx(np.full(128, 103 * 4 / 255 + 4 / 512 - 2), abs=1e-6)
        assert np.array_equal(records["bb00"].features["video"], np.full((1, 1024), 0.5, np.float32))
        assert np.array_equal(records["bb00"].features["music"], np.full((1, 128), -0.25, np.float32))

    def test_damage_costs_what_it_hit(self, tmp_path: Path) -> None:
        trees.youtube8m_records(tmp_path)
        path = tmp_path / "frame/train0001.tfrecord"
        good = [trees.frame_record(f"aa{i:02d}", [5], 3) for i in range(3)]
        trees.write_records(path, [good[0], b"\x0a\xffnonsense", b"", good[1], good[2]])
        path.write_bytes(path.read_bytes()[:-100])
        data = Youtube8mMusicVideo(tmp_path)
        assert [record.key for record in data.records("train")] == ["aa00", "aa01", "bb00"]
        found = "\n".join(data.validate().problems)
        assert f"{path}: records left out: 2: byte " in found
        assert f"{path}: damaged or cut short at byte " in found
        record = by_key(data)["aa01"]
        path.write_bytes(b"")
        with pytest.raises(DatasetError, match="cut short"):
            record.features["video"]

    def test_a_vocabulary_without_the_label_is_told(self, tmp_path: Path) -> None:
        trees.youtube8m_records(tmp_path)
        table = tmp_path / "vocabulary.csv"
        table.write_text(table.read_text().replace("Music video", "Video"))
        report = Youtube8mMusicVideo(tmp_path).validate()
        assert report.fatal
        assert "no label 'Music video' in it" in report.problems[-1]


class TestVideos:
    def test_tags_segments_and_clips(self, tmp_path: Path) -> None:
        trees.youtube8m_musicvideo(tmp_path)
        records = by_key(Youtube8mMusicVideo(tmp_path))
        record = records["-id0000000A-0"]
        assert (record.start, record.end, record.group) == (0.0, 10.5, "-id0000000A")
        assert dict(record.tags) == {"rock": 0.9, "happy": 1.0}
        assert {name: array.shape for name, array in record.features.items()} == {"video": (4, 8), "music": (4, 6)}
        clip = records["_only_clip_"]
        assert clip.audio == clip.video == tmp_path / "clips/_only_clip_.mp4"
        assert not clip.features

    def test_texts_alone_are_enough_for_prompts(self, tmp_path: Path) -> None:
        trees.music_text_clips(tmp_path)
        for path in (tmp_path / "video").iterdir():
            path.unlink()
        assert MusicTextClips(tmp_path).validate().fatal
        assert len(MusicTextClips(tmp_path, require_media=False).records("train")) == 17

    def test_words_and_other_music_beside_a_video(self, tmp_path: Path) -> None:
        trees.pairs(tmp_path)
        (tmp_path / "day2/clip2.txt").write_bytes(b"caf\xe9")
        records = by_key(Pairs(tmp_path))
        assert records["day0/clip0.mp4"].texts == ("calm piano", "rain, «slow»")
        assert records["day1/clip1.mp4"].audio == tmp_path / "day1/clip1.wav"
        assert records["day2/clip2.mp4"].texts == ()
        assert records["day2/clip2.mp4"].audio == records["day2/clip2.mp4"].video
        assert "texts that are not UTF-8: 1: " in "".join(Pairs(tmp_path).validate().problems)

    def test_folders_may_be_the_splits(self, tmp_path: Path) -> None:
        for name in ("train/a.mp4", "train/b.mp4", "valid/c.mov", "test/x/d.mkv", "other/e.mp4"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"x")
        data = Pairs(tmp_path)
        assert [len(data.records(split)) for split in SPLITS] == [2, 1, 1]
        assert "left out: 1: " in "".join(data.validate().problems)


class TestMusicCaps:
    def test_a_clip_is_used_whole_and_a_whole_video_by_its_times(self, tmp_path: Path) -> None:
        trees.musiccaps(tmp_path)
        for record in by_key(MusicCaps(tmp_path)).values():
            assert (record.start, record.end) == (0.0, None)
        whole = by_key(MusicCaps(tmp_path, whole=True))
        assert (whole["-ab0000003Z-30"].start, whole["-ab0000003Z-30"].end) == (30.0, 40.0)
        assert (whole["-ab0000004Z-30"].start, whole["-ab0000004Z-30"].end) == (0.0, None)
        text = by_key(MusicCaps(tmp_path, require_audio=False))["-ab0000003Z-30"]
        assert (text.audio, text.start, text.end) == (None, 30.0, 40.0)
        assert text.tags == {"calm": 1.0, "piano's sound": 1.0}
        assert text.numbers == {"balanced": 0.0}


class TestRegistry:
    def test_a_plain_folder_is_a_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert parse(str(tmp_path)) == ("folder", tmp_path, {})
        odd = tmp_path / "fma:x?subset=small"
        odd.mkdir()
        assert parse(str(odd)) == ("folder", odd, {})
        assert parse(f"pairs:{odd}") == ("pairs", odd, {})
        monkeypatch.chdir(tmp_path)
        assert parse("fma:x?subset=small")[0] == "folder"
        assert parse(r"C:\music") == ("folder", Path(r"C:\music"), {})
        assert parse("D:/music?")[0] == "folder"
        monkeypatch.setenv("HOME", str(tmp_path))
        assert parse("pairs:~") == ("pairs", tmp_path, {})

    def test_options_arrive_with_their_types(self, tmp_path: Path) -> None:
        data = open_data(f"synaesthesia:{tmp_path}?fold=2&require_audio=no")
        assert isinstance(data, Synaesthesia)
        assert (data.fold, data.require_audio) == (2, False)
        fma = open_data(f"fma:{tmp_path}?subset=medium")
        assert isinstance(fma, Fma)
        assert fma.subset == "medium"
        assert options(Synaesthesia) == {"fold": int, "require_audio": bool}
        assert all(kind in (int, bool, str, float) for name in NAMES for kind in options(find(name)).values())

    @pytest.mark.parametrize(
        ("spec", "message"),
        [
            ("fmaa:{}", "there is no data set 'fmaa': choose one of folder, pairs, "),
            ("fma:", "no folder after 'fma'"),
            ("fma:{}?size=2", "the data set fma has no option 'size'; it has subset"),
            ("pairs:{}?size=2", "no option 'size'; it has none"),
            ("synaesthesia:{}?fold=two", "option fold: 'two' is no whole number"),
            ("synaesthesia:{}?require_audio=maybe", "neither true nor false"),
            ("synaesthesia:{}?fold", "'fold' is not option=value"),
            ("synaesthesia:{}?fold=9", "fold 9: there are 5 folds"),
            ("fma:{}/none", "none: no such folder; fma needs: FMA"),
        ],
    )
    def test_a_bad_spec_is_one_line(self, spec: str, message: str, tmp_path: Path) -> None:
        with pytest.raises(DatasetError) as error:
            open_data(spec.format(tmp_path))
        assert message in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.shared_data
def test_the_real_tables(shared_data: Path) -> None:
    captions = shared_data / "captions"
    pairs = open_data(f"synaesthesia:{captions}?require_audio=false")
    report = pairs.validate()
    assert not report.problems
    assert sum(report.counts.values()) == 1955
    assert len(by_key(pairs)) == 1955
    assert all(
        record.texts[0] and (record.end is None or record.end > record.start) for record in by_key(pairs).values()
    )
    report = open_data(f"musiccaps:{captions}?require_audio=false").validate()
    assert not report.problems
    assert sum(report.counts.values()) == 5521
    assert report.counts["test"] == 2858
    report = open_data(f"musiccaps:{captions}").validate()
    assert report.fatal
    assert "audio files missing: 5521: " in "".join(report.problems)
