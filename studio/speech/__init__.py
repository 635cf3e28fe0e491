"""Saying it: who speaks, the clips, and where each clip has room."""
