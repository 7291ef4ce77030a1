"""What can be wrong with a version.

BundleError
├── UnknownVersion           nothing is published under that name
└── BrokenBundle             a file is missing, or not what the manifest says, or does not fit the others
"""


class BundleError(ValueError):
    """Base of both."""


class UnknownVersion(BundleError):
    """No version has that name; the message lists those there are."""


class BrokenBundle(BundleError):
    """A version that cannot serve: the message says which file, and what differs."""
