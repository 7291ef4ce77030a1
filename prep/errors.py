"""What can be wrong with a dataset, a job or a download. Each message is one line: where, the value, what was expected.

PrepError
├── BadDataset               the files themselves
│   ├── NoSuchDataset        the path is neither a folder nor a zip
│   ├── UnknownFormat        files that make no dataset of a known format
│   ├── UnknownColumns       which column is which cannot be told, or is told wrongly
│   ├── MissingFile          a file of the layout is not there
│   ├── EmptyFile            a file without a row
│   ├── MalformedRow         a row that cannot be read
│   │   └── RatingOutOfRange
│   ├── DuplicateRating      one user rated one item twice, within train or across train and test
│   ├── TooManyRejected      more bad rows than the job lets pass
│   ├── DuplicateItem        one item described twice
│   ├── DuplicateUser        one user described twice
│   ├── BadDescription       dataset.json cannot be read
│   ├── UnreadableText       a file that is no UTF-8 text in lines: UTF-16, binary, lines that end in CR
│   ├── BadParquet           a Parquet file that is damaged, or has columns of other types
│   └── BadArchive           a zip or gzip file that is damaged, locked or too large
├── BadJob                   the request, not the data
│   ├── UnknownSplit
│   ├── OneClassOnly         the label threshold leaves nothing to learn or to tell apart
│   ├── ConstantRatings      every rating of a channel is the same number
│   ├── UnusableBlock        a feature block that this dataset has nothing for
│   ├── NoTimestamps         a temporal split, or weeks, of ratings without timestamps
│   ├── OneMomentOnly        a temporal split finds no two moments to divide between
│   ├── TooFewIds            one user or one item only
│   ├── EmptyChannel         a split that leaves a channel without a rating
│   └── BadSampleSize
├── UnknownId                a user or item the feature space has no column for
├── NotOneHot                a row that is not one user and one item
├── NotPlain                 rows of a feature space with more to them than users and items
├── SideMismatch             side data of another feature space
├── UnreadableDocument       feature_space.json or items.json of another format or version
└── FetchError
    ├── UnknownDataset
    ├── DownloadFailed       the network; worth a retry
    ├── ChecksumMismatch     the bytes; not worth one
    └── NotEnoughSpace       the disk has no room for the zip
"""


class PrepError(ValueError):
    """Base of every error this package raises on purpose."""


class BadDataset(PrepError):
    """The dataset's files cannot be used as they are."""


class NoSuchDataset(BadDataset):
    """The path is neither a folder nor a zip."""


class UnknownFormat(BadDataset):
    """Files that make no dataset of a known format."""


class UnknownColumns(BadDataset):
    """Which column is which cannot be told from the header, or the job names columns that are not there."""


class MissingFile(BadDataset):
    """A file of the layout is not in the source."""


class EmptyFile(BadDataset):
    """A file without a single row."""


class MalformedRow(BadDataset):
    """A row that cannot be read; the message starts with ``file:line``."""


class RatingOutOfRange(MalformedRow):
    """A rating that is a number, but not one of the scale."""


class DuplicateRating(BadDataset):
    """One user rated one item twice, within train or across train and test."""


class TooManyRejected(BadDataset):
    """More bad rows than the job lets pass; the message counts them by reason and shows the first."""


class DuplicateItem(BadDataset):
    """One item id described by two rows."""


class DuplicateUser(BadDataset):
    """One user id described by two rows."""


class BadDescription(BadDataset):
    """``dataset.json`` cannot be read."""


class UnreadableText(BadDataset):
    """A file that is no UTF-8 text in lines that end in LF or CRLF."""


class BadParquet(BadDataset):
    """A Parquet file that is damaged, or whose columns have types that no id, rating or time has."""


class BadArchive(BadDataset):
    """A zip or gzip file that is damaged, locked, too large when unpacked, or packed so that it cannot be bounded."""


class BadJob(PrepError):
    """The request itself is wrong, whatever the data."""


class UnknownSplit(BadJob):
    """A split name the layout does not have."""


class OneClassOnly(BadJob):
    """Every row of a channel has the same label."""


class NoTimestamps(BadJob):
    """Timestamps were to decide something, and no column of the ratings has them."""


class OneMomentOnly(BadJob):
    """The timestamps give a temporal split nothing to divide by."""


class TooFewIds(BadJob):
    """Ratings of one user, or of one item: nothing tells one row from another."""


class EmptyChannel(BadJob):
    """The split leaves a channel that was asked for without a rating."""


class ConstantRatings(BadJob):
    """Every rating of a channel is the same number, so a regressor has nothing to learn or to tell apart."""


class UnusableBlock(BadJob):
    """A feature block that this dataset has nothing for: genres without an item file, and the like."""


class BadSampleSize(BadJob):
    """Sizes no sample dataset can have."""


class UnknownId(PrepError):
    """A user or item id without a column."""


class NotOneHot(PrepError):
    """A row that is not exactly one user and one item."""


class NotPlain(PrepError):
    """A feature space with optional blocks, where users and items alone do not make a row."""


class SideMismatch(PrepError):
    """Side data that does not belong to the feature space: other counts of users, items or categories."""


class UnreadableDocument(PrepError):
    """A JSON document of another format or version."""


class FetchError(PrepError):
    """A known dataset could not be had."""


class UnknownDataset(FetchError):
    """A name that is not in the table of known datasets."""


class DownloadFailed(FetchError):
    """The network or the server; worth a retry."""


class ChecksumMismatch(FetchError):
    """The bytes are not the pinned ones; a retry brings the same bytes."""


class NotEnoughSpace(FetchError):
    """The disk has no room for the file."""
