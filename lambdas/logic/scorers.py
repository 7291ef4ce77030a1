"""A ranking model as scores of all items for a user, whatever blocks of features its rows have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fm.evaluation.scorers import FactorScores
from fm.model import FactorizationMachine
from lambdas.logic.folding import folded_of
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder


def scorer_of(
    model: FactorizationMachine, space: FeatureSpace, encoder: Encoder, users: NDArray[np.int64]
) -> FactorScores:
    """Scores for some of the users, by position, ascending (n,); of the others nothing is known.

    Raises FeatureCountMismatch.
    """
    return FactorScores(folded_of(model, space, encoder, users=None if space.is_plain else users))
