"""How a process reaches files: Arrow's file systems, with what Spark's configuration or the environment gives."""
