"""What can be learned: from what people made of drafts, and from films that are in sync."""
