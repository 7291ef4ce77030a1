"""The command behind `make run` and `make serve`: deploys to a local AWS, runs one execution, shows what came of it.

A plain AWS client and a starter of child processes (the local AWS, the stock CDK CLI). Of this project it imports
`prep` only, to check the data before anything starts, and `estimate`, to say what AWS would take.
"""
