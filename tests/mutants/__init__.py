"""Proof of the proof: each rule's SQL is changed in one place, and the tests have to notice."""
