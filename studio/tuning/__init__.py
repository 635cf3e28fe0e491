"""What can be learned from what people made of drafts."""
