"""What both engines know of Delta tables beyond their files: deletion vectors and column mapping."""
