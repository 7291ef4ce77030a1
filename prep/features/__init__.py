"""Optional feature blocks beside the user's and the item's column: genres, year, user attributes, history, week.

    blocks      the closed set of blocks, and where each one's columns lie
    design      ids, side files and train rows → a feature space and its side data
    encoder     positions of users and items → rows
    history     who rated what in train
    side_data   what the encoder needs to know of users and items, saved beside the feature space

Everything is known from side files and train rows alone: what is held out changes no column and no value.
"""
