"""What the project depends on: known vulnerabilities and licences; ``make audit`` asks it."""
