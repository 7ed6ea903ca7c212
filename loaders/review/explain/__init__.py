"""One audit's way through every layer, for an analyst: ``make explain`` (rule: reconciliation)."""
