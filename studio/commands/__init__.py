"""Commands of the prompt, a file a subject; cli.py registers them."""
