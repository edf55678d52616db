"""Profiles tables in this process and its workers with pyarrow alone: no JVM, no Spark."""
