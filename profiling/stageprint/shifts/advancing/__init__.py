"""Rules of columns that advance with time or run: whether they still do, and as far as they should."""
