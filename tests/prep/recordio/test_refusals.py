"""What the reader refuses, under which name, and what it says."""

from __future__ import annotations

import pytest

from prep.errors import PrepError
from prep.recordio import errors, read_labels, read_triplet, reader
from prep.recordio.layout import Layout, parse
from tests.prep.recordio import naive

ROW = naive.frame(naive.sparse([0, 948], [1, 1], 2625, 5))
"""64 bytes: payload from byte 8, 53 long, then three bytes of padding."""


def after(payload: bytes) -> bytes:
    """A good record, and one with this payload, which starts at byte 72."""
    return ROW + naive.frame(payload)


def features(tensor: bytes, **kind: int) -> bytes:
    return naive.entry(1, "values", tensor, **kind)


VALUES, KEYS, SHAPE = naive.field(1, naive.floats(1, 1)), naive.field(2, b"\x01\x02"), naive.field(3, b"\xc1\x14")

READING: dict[str, tuple[bytes, type[errors.RecordIOError], str]] = {
    "nothing like it": (b"user,item", errors.BadMagic, "byte 0: 0x72657375, expected the magic number 0xced7230a"),
    "cut in a header": (ROW + ROW[:7], errors.TruncatedRecord, "byte 64: 7 bytes are left, expected a record header"),
    "cut in a payload": (ROW + ROW[:-4], errors.TruncatedRecord, "byte 64: record of 64 bytes, but 60 are left"),
    "cut in a word": (ROW + ROW[:-1], errors.TruncatedRecord, "byte 64: record of 64 bytes, but 63 are left"),
    "bytes after the last": (ROW + b"\0", errors.TruncatedRecord, "byte 64: 1 bytes are left"),
    "other bytes between": (ROW + bytes(8) + ROW, errors.BadMagic, "byte 64: 0x00000000, expected the magic"),
    "a length too small": (
        ROW[:4] + b"\x31" + ROW[5:] + ROW,
        errors.BadMagic,
        "byte 60: 0x00000040",
    ),
    "padding": (ROW[:-1] + b"\1", errors.MalformedRecord, "byte 61: padding is not zero"),
    "float64": (
        after(features(naive.field(1, bytes(8)) + SHAPE, tensor_field=3)),
        errors.UnsupportedTensor,
        "'values' is float64_tensor, expected float32_tensor",
    ),
    "int32": (
        after(features(naive.field(1, b"\1") + SHAPE, tensor_field=7)),
        errors.UnsupportedTensor,
        "int32_tensor",
    ),
    "float64 label": (
        after(features(VALUES + KEYS + SHAPE) + naive.entry(2, "values", naive.field(1, bytes(8)), tensor_field=3)),
        errors.UnsupportedTensor,
        "float64_tensor",
    ),
    "two labels in one": (
        after(features(VALUES + KEYS + SHAPE) + naive.entry(2, "values", VALUES)),
        errors.MalformedRecord,
        "label of 8 bytes, expected one float32",
    ),
    "no shape": (after(features(VALUES + KEYS)), errors.MissingShape, "byte 86: sparse tensor without a shape"),
    "no tensor": (after(naive.field(1, naive.field(1, b"values"))), errors.MalformedRecord, "'values' has no value"),
    "empty value": (
        after(naive.field(1, naive.field(1, b"values") + naive.field(2, b""))),
        errors.MalformedRecord,
        "no tensor",
    ),
    "no features": (after(naive.entry(2, "values", naive.field(1, bytes(4)))), errors.MissingFeatures, "byte 64"),
    "empty payload": (after(b""), errors.MixedLabels, "record at byte 64: labels [], expected ['values']"),
    "other name": (after(naive.entry(1, "x", VALUES + KEYS + SHAPE)), errors.MalformedRecord, "features 'x'"),
    "two shapes": (
        after(features(VALUES + KEYS + naive.field(3, b"\x03\xc1\x14"))),
        errors.WrongShape,
        "shape 03 c1 14, expected one varint",
    ),
    "endless shape": (after(features(VALUES + KEYS + naive.field(3, b"\xff"))), errors.WrongShape, "shape ff"),
    "other width": (
        after(naive.sparse([1], [1], 2626, 5)),
        errors.WrongShape,
        "record at byte 64: row of 2626 columns, expected 2625",
    ),
    "dense too short": (after(features(VALUES + SHAPE)), errors.WrongShape, "2 values without keys in a row of 2625"),
    "key too large": (
        after(naive.sparse([1, 2625], [1, 1], 2625, 5)),
        errors.KeyOutOfRange,
        "byte 98: key 2625, expected 0..2624",
    ),
    "more keys than values": (
        after(naive.sparse([1, 2, 3], [1, 1], 2625, 5)),
        errors.MalformedRecord,
        "byte 98: 3 keys in 3 bytes, expected 2",
    ),
    "unfinished key": (
        naive.frame(features(VALUES + naive.field(2, b"\x01\x02\x80") + SHAPE)),
        errors.MalformedRecord,
        "2 keys in 3 bytes, expected 2",
    ),
    "values twice": (after(features(VALUES + VALUES + KEYS + SHAPE)), errors.MalformedRecord, "tensor field 1 again"),
    "ragged values": (
        after(features(naive.field(1, bytes(7)) + KEYS + SHAPE)),
        errors.MalformedRecord,
        "values of 7 bytes, expected packed float32",
    ),
    "field past its end": (after(b"\x0a\x7f"), errors.MalformedRecord, "byte 72: field of 127 bytes"),
    "tag cut off": (after(b"\x80"), errors.MalformedRecord, "byte 72: the payload ends inside a varint"),
    "unknown wire type": (after(b"\x0b\x00"), errors.MalformedRecord, "byte 72: field of wire type 3"),
    "label in some": (
        after(naive.sparse([1], [1], 2625)),
        errors.MixedLabels,
        "record at byte 64: labels [], expected ['values']",
    ),
    "label in some, not in the first": (
        naive.frame(naive.sparse([1], [1], 2625)) + ROW,
        errors.MixedLabels,
        "record at byte 36: labels ['values'], expected []",
    ),
    "answer, not a question": (
        naive.frame(naive.sparse([1], [1], 9) + naive.entry(2, "score", naive.field(1, bytes(4)))),
        errors.MixedLabels,
        "labels ['score'], expected 'values' or none",
    ),
}


@pytest.mark.parametrize(("octets", "error", "message"), READING.values(), ids=READING)
def test_reading(octets: bytes, error: type[errors.RecordIOError], message: str) -> None:
    with pytest.raises(error) as refused:
        read_triplet(octets)
    assert message in str(refused.value)
    assert type(refused.value) is error
    assert isinstance(refused.value, PrepError)


def test_a_key_longer_than_any_number() -> None:
    tensor = naive.field(1, naive.floats(1)) + naive.field(2, b"\x80" * 10 + b"\x01") + SHAPE
    with pytest.raises(errors.KeyOutOfRange, match=r"byte 30: a key of more than 9 bytes, expected 0\.\.2624"):
        read_triplet(naive.frame(features(tensor)))


def test_the_width_asked_for_is_insisted_on() -> None:
    with pytest.raises(errors.WrongShape, match="record at byte 0: row of 2625 columns, expected 10"):
        read_triplet(ROW, n_columns=10)


def test_a_prefix_is_never_taken_for_the_whole() -> None:
    octets = ROW * 3
    for size in set(range(len(octets))) - {0, 64, 128}:
        with pytest.raises(errors.TruncatedRecord):
            read_triplet(octets[:size])


def test_fields_that_are_not_read_are_stepped_over() -> None:
    """uid, metadata, configuration and what a later version may add, different in each record."""
    extra = [naive.field(3, b"row-%d" % n) + b"\x30\x05" + b"\x3d" + bytes(4) + b"\x41" + bytes(8) for n in range(3)]
    octets = b"".join(naive.frame(one + naive.sparse([n], [n], 9, n)) for n, one in enumerate(extra))
    rows, labels = read_triplet(octets)
    assert rows.indices.tolist() == [0, 1, 2]
    assert labels is not None
    assert labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize("position", range(4))
def test_one_record_without_a_label_is_refused_wherever_it_stands(position: int) -> None:
    records = [naive.frame(naive.entry(2, "score", naive.field(1, naive.floats(n)))) for n in range(3)]
    records.insert(position, naive.frame(naive.field(3, b"uid")))
    with pytest.raises(errors.MixedLabels, match="expected "):
        read_labels(b"".join(records))


@pytest.mark.parametrize("n_columns", [None, 1])
def test_the_first_layout_that_is_wrong_ends_the_reading(
    n_columns: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record of another width and none alike: going through all of them would be quadratic."""
    octets = b"".join(naive.frame(naive.sparse([0], [1], 1 + n % 100 + 128 * (n // 100), n)) for n in range(2000))
    parsed = []

    def counted(payload: bytes, at: int) -> Layout:
        parsed.append(at)
        return parse(payload, at)

    monkeypatch.setattr(reader, "parse", counted)
    with pytest.raises(errors.WrongShape, match="row of 2 columns, expected 1"):
        read_triplet(octets, n_columns=n_columns)
    assert len(parsed) == 2


def test_labels_in_any_order() -> None:
    score, label = (naive.entry(2, name, naive.field(1, naive.floats(4))) for name in ("score", "predicted_label"))
    found = read_labels(naive.frame(score + label) + naive.frame(label + score))
    assert {name: column.tolist() for name, column in found.items()} == {"score": [4, 4], "predicted_label": [4, 4]}
