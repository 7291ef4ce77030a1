"""SageMaker's training format, RecordIO-protobuf, both ways: ``application/x-recordio-protobuf``.

What is written equals what ``write_spmatrix_to_sparse_tensor`` of the SageMaker SDK v2 writes, byte for byte.
"""

from prep.recordio.pairs import PairEncoder
from prep.recordio.reader import read_batches, read_labels, read_records, read_triplet
from prep.recordio.writer import CsrRows, write_dense, write_labels, write_records

__all__ = [
    "CsrRows",
    "PairEncoder",
    "read_batches",
    "read_labels",
    "read_records",
    "read_triplet",
    "write_dense",
    "write_labels",
    "write_records",
]
