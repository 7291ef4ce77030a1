"""What every function needs of the outside: environment, events, storage, endpoint, log."""
