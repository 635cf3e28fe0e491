"""The parts of the window that are lists and forms; each shows the document and edits it."""
