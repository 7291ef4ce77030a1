"""The functions of the state machine: one thin module each; `logic` decides, `common` talks to AWS."""
