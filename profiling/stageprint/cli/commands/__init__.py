"""The commands, one file each; adding one is a file here and a test."""
