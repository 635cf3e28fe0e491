"""What to say: where descriptions go, and what a describer proposes for each."""
