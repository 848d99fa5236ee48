"""Tiny data sets in their publishers' real formats, a writer for each loader."""

from __future__ import annotations

import csv
import json
import sqlite3
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SOUND = b"RIFF"
"""No loader decodes, so a few bytes will do."""


@dataclass(frozen=True)
class Tree:
    """A good tree and what to expect of it.

    Attributes
    ----------
    loader : str
        Name of the data set.
    write : callable
        Writes the tree into an empty folder.
    counts : tuple of int
        Records of train, valid and test. Where the split is by hash this pins it: it may never change.
    table : str
        The main table.
    column : str
        A column that it must have; empty where there is no header.
    media : str
        A file of a record; `lost` records go when it is missing.
    missing_is : str
        What the report says of it when it is missing.
    headers : int
        Lines before the first row.
    """

    loader: str
    write: Callable[[Path], None]
    counts: tuple[int, int, int]
    table: str
    column: str = ""
    media: str = ""
    lost: int = 1
    missing_is: str = "files missing"
    headers: int = 1
    options: Mapping[str, object] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.loader


def _file(path: Path, content: bytes = SOUND) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _npy(path: Path, *shape: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.arange(np.prod(shape), dtype=np.float32).reshape(shape))


def _csv(path: Path, rows: Sequence[Sequence[object]], delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def folder(root: Path) -> None:
    rows: list[list[object]] = [
        ["key", "group", "audio", "image", "start", "end", "text", "text2", "title", "lyrics", "tags", "tag_groups",
         "n_tempo", "f_video"]
    ]  # fmt: skip
    for i in range(40):
        rows.append([f"piece{i}", f"album{i // 2}", f"audio/{i}.flac", "", 1.5, 20, f"Calm, slow «{i}»", "Second",
                     "Rain", "first line\nsecond line", "calm:0.8;piano", "calm:mood;piano:instrument", 90 + i,
                     f"v/{i}.npy"])  # fmt: skip
        _file(root / f"audio/{i}.flac")
        _npy(root / f"v/{i}.npy", 3, 4)
    rows.append(["no media", "", "", "", "", "", "Words alone", "", "", "", "", "", "", ""])
    _csv(root / "records.csv", rows)


def synaesthesia(root: Path) -> None:
    lines = []
    for work in range(16):
        for movement in (1, 2):
            one_video = work % 2
            video = f"video{work:06d}" if one_video else f"video{work:04d}_{movement}"
            info: dict[str, object] = {"youtube_id": video, "video_id": f"{video}{movement}", "movement_id": movement}
            # The published file has both forms of time.
            if one_video:
                times = {1: (0, 355), 2: (355, 0)}[movement]
                info |= {
                    "start": times[0],
                    "duration": 0,
                    "title": "",
                    "name": "IV: Rondo",
                    "got": "1",
                    "end": times[1],
                }
            else:
                info |= {"next_video": "0", "start": 0, "end": 0, "duration": "4:59", "name": "II. Scherzo", "got": 1}
            music = f"Work-{work}-in-A-major"
            pair = {"sent_id": f"{music}##{movement}", "music_id": music,
                    "sent_text": f"{movement}. A buoyant Rondo é.",
                    "sent_idx": str(movement), "sent_tags": [["A", "DT"]], "music_info": info}  # fmt: skip
            lines.append(json.dumps(pair, ensure_ascii=False))
            _file(root / f"audio/{video}.wav")
    (root / "synaesthesia_pairs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def conceptual_captions(root: Path) -> None:
    for kind, table, count in (
        ("training", "Train_GCC-training.tsv", 6),
        ("validation", "Validation_GCC-1.1.0-Validation.tsv", 8),
    ):
        lines = []
        for row in range(count):
            url = f"https://example.org/{kind}/{row}.jpg"
            lines.append(f'a "quoted caption of café {row}\t{url}')
            name = (f"{row}.jpg", f"{row}_{crc32(url.encode())}", f"0000/{row:09d}.png")[row % 3]
            _file(root / "images" / kind / name)
        (root / table).write_text("\n".join(lines) + "\n", encoding="utf-8")


def fma(root: Path) -> None:
    names = [("", "track_id"), ("album", "title"), ("artist", "bio"), ("artist", "id"), ("artist", "name"),
             ("set", "split"), ("set", "subset"), ("track", "genre_top"), ("track", "genres"), ("track", "genres_all"),
             ("track", "title")]  # fmt: skip
    rows: list[list[object]] = [
        [part for part, _ in names],
        ["" if name == "track_id" else name for _, name in names],
        ["track_id", *[""] * (len(names) - 1)],
    ]
    splits = ["training"] * 5 + ["validation"] * 2 + ["test"] * 2
    for place, split in enumerate(splits):
        track = 2 + 1000 * place
        rows.append([track, "Album", 'A biography,\nin "two" lines', place, "Artist", split, "small", "Hip-Hop", "[21]",
                     "[21, 45]", f"Title {place}"])  # fmt: skip
        _file(root / f"fma_small/{track // 1000:03d}/{track:06d}.mp3")
    rows.append([5, "Album", "", 1, "Artist", "training", "large", "Rock", "[]", "[]", "Not in the subset"])
    rows.append([7, "Album", "", 1, "Artist", "training", "small", "", "[]", "[]", ""])
    _file(root / "fma_small/000/000007.mp3")
    _csv(root / "fma_metadata/tracks.csv", rows)
    _csv(root / "fma_metadata/genres.csv", [["genre_id", "#tracks", "parent", "title", "top_level"],
                                            [21, 8389, 0, "Hip-Hop", 21], [45, 77, 21, "Wonky", 21]])  # fmt: skip


def timbre_rows(years: Sequence[int]) -> str:
    return "".join(
        f"{year}," + ",".join(f"{row + column / 100:.5f}" for column in range(90)) + "\n"
        for row, year in enumerate(years)
    )


def msd_timbre(root: Path) -> None:
    years = [2001, 2001, 2003, 2001, 1999, 1998, 2007, 2007, 2000, 2002, 1980, 1981]
    (root / "YearPredictionMSD.txt").write_text(timbre_rows(years))
    lines = [f"{year}<SEP>TRAAA{row:03d}<SEP>Artist {row // 2}<SEP>Título {row}\n" for row, year in enumerate(years)]
    (root / "titles.txt").write_text("".join(lines), encoding="utf-8")


def msd_database(path: Path, songs: Sequence[tuple[str, str, str, int]]) -> None:
    """Write the published table; songs are (artist id, release, title, year)."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE songs (track_id text PRIMARY KEY, title text, song_id text, release text, artist_id text, "
        "artist_mbid text, artist_name text, duration real, artist_familiarity real, artist_hotttnesss real, year int, "
        "track_7digitalid int, shs_perf int, shs_work int)"
    )
    for i, (artist, release, title, year) in enumerate(songs):
        connection.execute(
            "INSERT INTO songs (track_id, title, release, artist_id, artist_name, year) VALUES (?, ?, ?, ?, ?, ?)",
            (f"TR{i:04d}", title, release, artist, f"Name of {artist}", year),
        )
    connection.commit()
    connection.close()


def song_interpretation(root: Path) -> None:
    def table(name: str, songs: range) -> None:
        rows = [["music4all_id", "lyrics", "comment"]]
        for song in songs:
            rows.append([f"S{song:03d}", "first line\nsecond line", f"I think, it is about «{song}»"])
            rows.append([f"S{song:03d}", "one line", f"About love {song}"])
            _file(root / f"audios/S{song:03d}.mp3")
        _csv(root / "metadata" / name, rows)

    table("df_full_train.csv", range(15))
    table("df_test.csv", range(20, 23))
    _csv(root / "id_information.csv", [["id", "artist", "song", "album_name"], ["S000", "A", 'The "Title"', "B"]], "\t")


def song_interpretation_json(root: Path) -> None:
    entries = []
    for song in range(40):
        entries.append(
            {"music4all_id": f"S{song:03d}", "songmeanings_id": str(song), "lyrics": "la;\nla", "comment": "Café"}
        )
        _file(root / f"audios/S{song:03d}.mp3")
    text = json.dumps(entries, ensure_ascii=False, indent=1)
    (root / "dataset_positive_256_clean.json").write_text(text, encoding="utf-8")


def netease_reviews(root: Path) -> None:
    rows = [["song_id", "review", "lyrics", "title", "playlist_id"]]
    for song in range(20):
        rows.append([str(1000 + song), f"For a quiet night, «{song}»", "la la", "Night", f"list{song // 2}"])
        _file(root / f"audio/{1000 + song}.ogg")
    _csv(root / "reviews.csv", rows)


def youtube8m_musicvideo(root: Path) -> None:
    rows = [["video_id", "split", "start", "end", "tags", "tag_groups", "text"]]
    for i, split in enumerate(["train"] * 5 + ["validate"] * 2 + ["test"] * 2):
        rows.append([f"-id{i:07d}A", split, "0", "10.5", "rock:0.9;happy", "rock:genre;happy:mood", ""])
        _npy(root / f"video/-id{i:07d}A.npy", 4, 8)
        _npy(root / f"music/-id{i:07d}A.npy", 4, 6)
    rows.append(["_only_clip_", "train", "", "", "", "", "Très energetic"])
    _file(root / "clips/_only_clip_.mp4")
    _csv(root / "videos.csv", rows)


def messages() -> Mapping[str, Any]:
    """Give TensorFlow's Example and SequenceExample as protobuf's own classes, made from their published definition."""
    definition = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tf", syntax="proto3")
    many, one = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED, descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, parts in {
        "BytesList": [("value", many, kinds.TYPE_BYTES, "")],
        "FloatList": [("value", many, kinds.TYPE_FLOAT, "")],
        "Int64List": [("value", many, kinds.TYPE_INT64, "")],
        "Feature": [("bytes_list", one, kinds.TYPE_MESSAGE, "BytesList"),
                    ("float_list", one, kinds.TYPE_MESSAGE, "FloatList"),
                    ("int64_list", one, kinds.TYPE_MESSAGE, "Int64List")],
        # On the wire a map is a list of entries.
        "Entry": [("key", one, kinds.TYPE_STRING, ""), ("value", one, kinds.TYPE_MESSAGE, "Feature")],
        "Features": [("feature", many, kinds.TYPE_MESSAGE, "Entry")],
        "FeatureList": [("feature", many, kinds.TYPE_MESSAGE, "Feature")],
        "ListEntry": [("key", one, kinds.TYPE_STRING, ""), ("value", one, kinds.TYPE_MESSAGE, "FeatureList")],
        "FeatureLists": [("feature_list", many, kinds.TYPE_MESSAGE, "ListEntry")],
        "Example": [("features", one, kinds.TYPE_MESSAGE, "Features")],
        "SequenceExample": [("context", one, kinds.TYPE_MESSAGE, "Features"),
                            ("feature_lists", one, kinds.TYPE_MESSAGE, "FeatureLists")],
    }.items():  # fmt: skip
        message = definition.message_type.add(name=name)
        for number, (field_name, label, kind, of) in enumerate(parts, 1):
            made = message.field.add(name=field_name, number=number, label=label, type=kind)
            if of:
                made.type_name = f".tf.{of}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(definition)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tf.{name}"))
        for name in ("Example", "SequenceExample")
    }


def frame_record(video: str, labels: Sequence[int], frames: int) -> bytes:
    """A record of the frame level: frame t has the byte t + 1 throughout its picture and t + 101 in its sound."""
    record = messages()["SequenceExample"]()
    record.context.feature.add(key="id").value.bytes_list.value.append(video.encode())
    record.context.feature.add(key="labels").value.int64_list.value.extend(labels)
    for name, size, first in (("rgb", 1024, 1), ("audio", 128, 101)):
        steps = record.feature_lists.feature_list.add(key=name).value
        for t in range(frames):
            steps.feature.add().bytes_list.value.append(bytes([first + t]) * size)
    return bytes(record.SerializeToString())


def video_record(video: str, labels: Sequence[int]) -> bytes:
    """A record of the video level."""
    record = messages()["Example"]()
    record.features.feature.add(key="id").value.bytes_list.value.append(video.encode())
    record.features.feature.add(key="labels").value.int64_list.value.extend(labels)
    record.features.feature.add(key="mean_rgb").value.float_list.value.extend([0.5] * 1024)
    record.features.feature.add(key="mean_audio").value.float_list.value.extend([-0.25] * 128)
    return bytes(record.SerializeToString())


def write_records(path: Path, records: Sequence[bytes]) -> None:
    """Write a record file; nothing reads the checksums."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(struct.pack("<QI", len(data), 0) + data + b"\0\0\0\0" for data in records))


def youtube8m_records(root: Path) -> None:
    _csv(root / "vocabulary.csv", [["Index", "TrainVideoCount", "KnowledgeGraphId", "Name", "WikiUrl"],
                                   [0, 788288, "/m/03bt1gh", "Game", ""], [5, 1, "/m/0", "Music video", ""],
                                   [300, 1, "/m/1", "Guitar", ""]])  # fmt: skip
    write_records(root / "frame/train0001.tfrecord", [frame_record(f"aa{i:02d}", [5, 300], 3 + i) for i in range(5)])
    write_records(root / "video/train0002.tfrecord", [video_record("bb00", [5]), video_record("bb01", [0, 300])])
    write_records(root / "frame/validate0001.tfrecord", [frame_record(f"cc{i:02d}", [5, 0], 2) for i in range(6)])
    write_records(root / "frame/test0001.tfrecord", [frame_record("dd00", [], 2)])


def music_text_clips(root: Path) -> None:
    for name, ids in (("train.csv", range(20)), ("test.csv", range(30, 34))):
        rows = [["video_id", "start", "end", "text"]]
        for i in ids:
            rows.append([f"-id{i:07d}A", "100", "110", f"Hip-hop track, with «{i}» drums"])
            _npy(root / f"video/-id{i:07d}A.npy", 4, 8)
            _npy(root / f"music/-id{i:07d}A.npy", 4, 6)
        _csv(root / name, rows)


def musiccaps(root: Path) -> None:
    rows = [["ytid", "start_s", "end_s", "audioset_positive_labels", "aspect_list", "caption", "author_id",
             "is_balanced_subset", "is_audioset_eval"]]  # fmt: skip
    for i in range(24):
        ytid, evaluation = f"-ab{i:07d}Z", i % 4 == 0
        rows.append([ytid, "30", "40", "/m/0140xf,/m/02cjck", "['calm', \"piano's sound\"]",
                     f"A calm, «slow» song {i}.", "4", str(i % 8 == 0), str(evaluation)])  # fmt: skip
        _file(root / "audio" / (f"{ytid}.wav", f"{ytid}-30-40.flac", f"[{ytid}]-[30-40].m4a")[i % 3])
    _csv(root / "musiccaps-public.csv", rows)


def pairs(root: Path) -> None:
    for i in range(20):
        _file(root / f"day{i % 3}/clip{i}.mp4")
    (root / "day0/clip0.txt").write_text("calm piano\n\nrain, «slow»\n", encoding="utf-8")
    _file(root / "day1/clip1.wav")


TREES = (
    Tree("folder", folder, (35, 2, 4), "records.csv", "key", "audio/3.flac"),
    Tree("synaesthesia", synaesthesia, (20, 4, 8), "synaesthesia_pairs.jsonl", "", "audio/video000003.wav", 2,
         headers=0),
    Tree("synaesthesia", synaesthesia, (22, 4, 6), "synaesthesia_pairs.jsonl", "", "audio/video0000_1.wav", headers=0,
         options={"fold": 3}, name="synaesthesia-fold3"),
    Tree("conceptual_captions", conceptual_captions, (6, 3, 5), "Train_GCC-training.tsv", "", "images/training/3.jpg",
         missing_is="", headers=0),
    Tree("fma", fma, (6, 2, 2), "fma_metadata/tracks.csv", "split", "fma_small/001/001002.mp3", headers=3),
    Tree("msd_timbre", msd_timbre, (6, 2, 4), "YearPredictionMSD.txt", headers=0, options={"train_rows": 8}),
    Tree("song_interpretation", song_interpretation, (28, 2, 6), "metadata/df_full_train.csv", "comment",
         "audios/S003.mp3", 2),
    Tree("song_interpretation", song_interpretation_json, (36, 2, 2), "dataset_positive_256_clean.json", "",
         "audios/S003.mp3", headers=0, options={"votes": "positive"}, name="song_interpretation-json"),
    Tree("netease_reviews", netease_reviews, (14, 2, 4), "reviews.csv", "review", "audio/1003.ogg"),
    Tree("youtube8m_musicvideo", youtube8m_musicvideo, (6, 2, 2), "videos.csv", "video_id", "music/-id0000001A.npy",
         missing_is="missing or damaged"),
    Tree("youtube8m_musicvideo", youtube8m_records, (6, 3, 3), "vocabulary.csv", "Name",
         name="youtube8m_musicvideo-records"),
    Tree("music_text_clips", music_text_clips, (17, 3, 4), "train.csv", "text", "video/-id0000001A.npy",
         missing_is="missing or damaged"),
    Tree("musiccaps", musiccaps, (17, 1, 6), "musiccaps-public.csv", "aspect_list", "audio/-ab0000003Z.wav"),
    Tree("pairs", pairs, (13, 3, 4), "", "", "day0/clip3.mp4", missing_is=""),
)  # fmt: skip
