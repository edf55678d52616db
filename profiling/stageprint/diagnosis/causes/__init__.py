"""What can have happened: one cause a file, found by the registry."""
