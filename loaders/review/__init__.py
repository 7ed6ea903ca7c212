"""What people read: report, status, explanations."""
