"""What is learnt of a rating: a like, the rating itself, whether it reaches each threshold, or likes versus the unseen.

rule        what a job asks for
expansion   ratings → the labelled rows of a channel
unseen      items a user has not rated, drawn by content and seed
counts      whether there is anything to learn
"""

from prep.labels.counts import LabelCounts
from prep.labels.expansion import Expanded, Rows, expand, one_label
from prep.labels.rule import TASKS, LabelRule, predictor_type

__all__ = ["TASKS", "Expanded", "LabelCounts", "LabelRule", "Rows", "expand", "one_label", "predictor_type"]
