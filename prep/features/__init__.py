"""Optional feature blocks beside the user's and the item's column: genres, year, user attributes, history, week.

    blocks      the closed set of blocks, and where each one's columns lie
    design      ids, side files and train rows → a feature space and its side data
    encoder     positions of users and items → rows
    history     who rated what in train
    side_data   what the encoder needs to know of users and items, saved beside the feature space

Everything is known from side files and train rows alone: what is held out changes no column and no value.
``design`` is not named here because it makes feature spaces, which import this package.
"""

from prep.features.blocks import BLOCKS, Block, check_blocks
from prep.features.encoder import Encoder
from prep.features.history import History, Lists
from prep.features.side_data import SideData

__all__ = ["BLOCKS", "Block", "Encoder", "History", "Lists", "SideData", "check_blocks"]
