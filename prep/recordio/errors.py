"""What the RecordIO-protobuf codec refuses. Messages about a buffer name the byte offset and what was expected there.

PrepError
└── RecordIOError
    ├── WrongDtype, NotFinite,                     writing: the caller's arrays
    │   LabelCountMismatch, KeyCountMismatch,
    │   NotCsr, NotAMatrix, RowTooLong
    ├── KeyOutOfRange                              both ways: a column outside 0..n_columns-1
    ├── TruncatedRecord, BadMagic                  reading: the frames
    └── MalformedRecord                            reading: a payload
        ├── UnsupportedTensor                      not float32
        ├── MissingShape, WrongShape               the width of the rows
        ├── RecordTooLarge                         more bytes than a stream may ask to have in memory
        └── MissingFeatures, MixedLabels           records that lack what the others, or the caller, need
"""

from __future__ import annotations

from prep.errors import PrepError


class RecordIOError(PrepError):
    """Base of what the codec raises."""


class WrongDtype(RecordIOError):
    """Values or labels that are not float32, all that Factorization Machines accepts, or keys that are no integers."""


class NotFinite(RecordIOError):
    """A value or a label that is NaN or infinite where training is to learn from it."""


class LabelCountMismatch(RecordIOError):
    """Labels that are not one number for each row."""


class KeyCountMismatch(RecordIOError):
    """Keys of pairs that are not one and one for each row."""


class NotCsr(RecordIOError):
    """A matrix whose indptr, indices and data are not those of a CSR matrix."""


class NotAMatrix(RecordIOError):
    """A dense array that is not rows of one value or more."""


class RowTooLong(RecordIOError):
    """A row whose record would not fit the 32 bits of a frame's length."""


class KeyOutOfRange(RecordIOError):
    """A column index outside the matrix."""


class TruncatedRecord(RecordIOError):
    """A buffer that ends inside a record."""


class BadMagic(RecordIOError):
    """Something else where a record should start."""


class MalformedRecord(RecordIOError):
    """A payload that is not an ``aialgs.data.Record`` as SageMaker writes it."""


class UnsupportedTensor(MalformedRecord):
    """A float64, int32 or bytes tensor."""


class MissingShape(MalformedRecord):
    """A sparse tensor that does not say how wide its row is."""


class WrongShape(MalformedRecord):
    """A row of another width than the rows before it, or than the caller asked for."""


class RecordTooLarge(MalformedRecord):
    """A record of a stream that says it is longer than what may be held in memory."""


class MissingFeatures(MalformedRecord):
    """Records without a features tensor where a matrix was asked for."""


class MixedLabels(MalformedRecord):
    """Labels that some records carry and others lack, or that the caller did not ask for."""
