"""Says what works here, what is missing and how to get it: Python, Java, Spark, Delta, store, libraries."""
