"""Job documents: who runs what, how far it is, and who may take it over."""
