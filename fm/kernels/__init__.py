"""The compiled part of the trainer.

vectors   sixteen float32 at once
meeting   two threads wait for each other
state     rows, settings, the model with Adam's moments, room for a batch
steps     what a batch does to the model
epochs    the loops over batches, of pairs and of any rows
learner   a model in training, and the threads that train it
"""
