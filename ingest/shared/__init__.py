"""What is no stage's work: both packages use it, and it uses neither."""
