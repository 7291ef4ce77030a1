"""`make bench`: how fast this project is, beside what it has to be measured against.

How long the first run in a fresh clone takes and those after it; the RecordIO codec beside the SageMaker SDK and plain
copying; the preparation of 25 million ratings beside reading and writing as many bytes, and beside Spark. Contestants
take turns, and what counts is the median of the ratios of each turn, so that a busy machine slows both.
"""
