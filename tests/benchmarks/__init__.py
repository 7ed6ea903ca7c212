"""What the stages cost, beside what the same work costs without them (rules: commands, bars)."""
