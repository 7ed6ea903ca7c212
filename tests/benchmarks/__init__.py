"""What the stages cost, beside what the same work costs without them (spec §14, §15)."""
