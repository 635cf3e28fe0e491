"""THE WINDOW: the same steps as the command line, to be seen, heard and edited. The only Qt."""
