"""The dialogs: export, preferences, keys, the manual."""
