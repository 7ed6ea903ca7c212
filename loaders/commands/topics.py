"""The topics by which `--help` and `make` list the commands."""

RUN = "Run an account, in this order"
DECIDE = "Look at a run, and decide"
LOOK = "Ask"
UNDO = "Undo and tidy up"
SERVE = "Serve and work"
TEND = "Set up and tend"
TRY = "Try"
