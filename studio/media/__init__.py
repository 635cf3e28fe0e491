"""FILM IN: opening films, what is in them, their pictures and their sound."""
