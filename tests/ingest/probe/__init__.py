"""The gates of an account, each met and each missed."""
