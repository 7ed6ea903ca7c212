"""A simulated CRM, and rows that the real gem wrote."""
