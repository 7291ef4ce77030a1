"""Everything ``fm`` raises on purpose.

FmError
├── MalformedMatrix          the arrays of a sparse matrix do not fit together
├── FeatureCountMismatch     the matrix is not as wide as the model
├── NotAClassifier           a probability was asked of a regressor
├── MetricError              a metric has nothing to be computed from
├── ExplanationError         blocks of features that do not divide a row
├── HyperparameterError      one or more hyperparameters cannot be used
├── TrainingDataError        labels or rows the algorithm cannot train on
├── TrainingDiverged         the parameters stopped being finite
└── ArtifactError            a model file that cannot be read
"""

from __future__ import annotations

from dataclasses import dataclass


class FmError(ValueError):
    """Base of all errors of this package."""


class MalformedMatrix(FmError):
    """The arrays given as a sparse matrix are not one."""


class FeatureCountMismatch(FmError):
    """A matrix has another number of columns than the model has features."""


class NotAClassifier(FmError):
    """Only a binary classifier has probabilities."""


class MetricError(FmError):
    """A metric is undefined on the values given."""


class ExplanationError(FmError):
    """The blocks given do not divide a row's features among them."""


class FoldingError(FmError):
    """Users and items that do not make up one model's scores."""


class FoldInError(FmError):
    """What a new user liked and disliked cannot be made a vector of."""


class NothingToFoldIn(FoldInError):
    """A new user who has neither liked nor disliked anything."""


class NoOrder(FmError):
    """Scores that are not numbers have no highest."""


@dataclass(frozen=True, slots=True)
class BadHyperparameter:
    """One unusable hyperparameter. ``value`` is None when it is missing; ``expected`` says what would do."""

    name: str
    value: object
    expected: str
    message: str


class HyperparameterError(FmError):
    """Every unusable hyperparameter of one training job, in ``problems``; the message names them all."""

    def __init__(self, problems: tuple[BadHyperparameter, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class TrainingDataError(FmError):
    """The training data cannot be used with these hyperparameters."""


class TrainingDiverged(FmError):
    """The loss or a parameter is no longer a finite number."""


class ArtifactError(FmError):
    """A model file is not what it should be: names the file and what is wrong with it."""
