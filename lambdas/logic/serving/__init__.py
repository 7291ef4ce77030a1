"""The serving bundle: all that recommends and predicts, as the files of one version below ``models/<version>/``.

bundle      what a version is, written and read; what else is done with it starts here
making      the bundle of what an execution trained and prepared
manifest    the document that is written last, and says what the other files are
files       read and checked one by one, written with what the manifest says of each
arrays      an ``.npz`` whose arrays are used where they lie
ratings     who rated what, collected from channels and kept as lists
details     a model with the rows of its feature space: explanations, and what an endpoint is asked
top_items   the best items for a vector, in an order that no rounding changes
table       the same for everybody, as Parquet (the only part that needs pyarrow)
"""
