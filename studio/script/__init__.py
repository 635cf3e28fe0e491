"""The document a describer works on: what it holds, how it is edited, checked and kept."""
