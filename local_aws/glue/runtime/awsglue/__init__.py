"""What scripts of Glue import, as far as it is emulated: arguments, the context, the job's begin and end.

On the path of runs only. A name that Glue has and this has not raises where it is used.
"""
