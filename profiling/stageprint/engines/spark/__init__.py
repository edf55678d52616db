"""The only package that imports pyspark and delta: session, sources, scan, tables, store, views."""
