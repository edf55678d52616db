"""The store in Delta tables, read and written by delta-rs: no Spark, no JVM."""
