"""What `python -m app` can do, one module for each kind of command."""
