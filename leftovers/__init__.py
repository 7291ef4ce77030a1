"""What is left of a stage after its stacks were deleted: `make destroy` ends with it.

It looks into every service that the application uses, by names and tags, and changes nothing.
"""
