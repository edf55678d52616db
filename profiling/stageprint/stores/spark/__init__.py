"""The store in Delta tables, read and written by Spark."""
