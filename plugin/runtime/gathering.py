"""A graph that picks rows of several tensors, written as bytes: the runtime needs no package to make graphs."""

from __future__ import annotations

from collections.abc import Sequence

IR_VERSION, OPSET = 8, 17
FLOAT, INT64 = 1, 7
"""ONNX's numbers of types."""
INTEGER = 2
"""ONNX's number of attributes that are integers."""


def gather_model(tensors: Sequence[tuple[int, int]]) -> bytes:
    """Make an ONNX model with inputs `rows` (int64 [N]) and `in0`, `in1`, ..., and outputs `out0`, `out1`, ...

    Every output, float32, is its input with the rows picked along its axis. Fields have their numbers in onnx.proto.

    Parameters
    ----------
    tensors : sequence of (int, int)
        Number of dimensions and axis of each input.
    """
    graph = b""
    inputs, outputs = [_value("rows", INT64, 1)], []
    for number, (rank, axis) in enumerate(tensors):
        attribute = _text(1, "axis") + _number(3, axis) + _number(20, INTEGER)
        node = _text(1, f"in{number}") + _text(1, "rows") + _text(2, f"out{number}") + _text(4, "Gather")
        graph += _bytes(1, node + _bytes(5, attribute))
        inputs.append(_value(f"in{number}", FLOAT, rank))
        outputs.append(_value(f"out{number}", FLOAT, rank))
    graph += _text(2, "gather") + b"".join(_bytes(11, each) for each in inputs)
    graph += b"".join(_bytes(12, each) for each in outputs)
    return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _number(2, OPSET))


def _value(name: str, kind: int, rank: int) -> bytes:
    any_shape = _bytes(2, _bytes(1, b"") * rank)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + any_shape))


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    """Protobuf's integers: seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
