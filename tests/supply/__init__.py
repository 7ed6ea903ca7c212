"""What the project depends on: known vulnerabilities and licences (rule: supply)."""
