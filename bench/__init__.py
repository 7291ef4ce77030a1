"""`make bench`: how long the first run in a fresh clone takes, and the runs after it, part by part.

A user of the Makefile, like anybody: it clones, runs make and reads the summaries that runs leave. Of this project it
imports `runner` only, for its child processes.
"""
