"""Commands of the prompt beyond those of cli.py, a file a subject; cli.py registers them."""
