"""The demo: embedded real servers and a simulated CRM, of which the stages know nothing."""
