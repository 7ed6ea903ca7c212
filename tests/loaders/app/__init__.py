"""The app over real HTTP and a real MongoDB."""
