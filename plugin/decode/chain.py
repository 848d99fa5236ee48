"""A chain of FFmpeg's audio filters as frames in, frames out."""

from __future__ import annotations

from collections.abc import Iterator

from av.audio import AudioFrame
from av.error import BlockingIOError, EOFError
from av.filter import Graph


class Chain:
    """Filters for frames of one format: frames in, frames out.

    Parameters
    ----------
    frame : av.audio.AudioFrame
        The first frame; it is not consumed.
    filters : list of (str, str)
        Names and arguments of FFmpeg's filters, in order.
    frame_size : int
        Samples per output frame but the last; 0 leaves it to the filters.
    """

    def __init__(self, frame: AudioFrame, filters: list[tuple[str, str]], frame_size: int = 0) -> None:
        self._graph = Graph()
        self._format = _format(frame)
        name, layout, rate = self._format
        source = self._graph.add(
            "abuffer", f"sample_rate={rate}:sample_fmt={name}:channel_layout={layout}:time_base=1/{rate}"
        )
        sink = self._graph.add("abuffersink")
        self._graph.link_nodes(source, *(self._graph.add(*each) for each in filters), sink).configure()
        if frame_size:
            self._graph.set_audio_frame_size(frame_size)
        self._source, self._sink = source, sink
        self._rate = rate
        self._waiting = 0

    def fits(self, frame: AudioFrame) -> bool:
        """Tell whether a frame has the format that this chain was made for."""
        return _format(frame) == self._format

    def push(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """Take a frame and give those that are ready.

        Output is collected once per second of input: asking after each small packet costs more than the work.
        """
        self._source.push(frame)
        self._waiting += frame.samples
        if self._waiting >= self._rate:
            self._waiting = 0
            yield from self._pull()

    def flush(self) -> Iterator[AudioFrame]:
        """Give all that is left. The chain takes no frames after this."""
        self._source.push(None)
        yield from self._pull()

    def _pull(self) -> Iterator[AudioFrame]:
        while True:
            try:
                frame = self._sink.pull()
            except (BlockingIOError, EOFError):  # more input needed; all done
                return
            assert isinstance(frame, AudioFrame)
            yield frame


def _format(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
