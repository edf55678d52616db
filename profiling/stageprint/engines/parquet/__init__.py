"""Reads Parquet files with pyarrow, by the rules by which Spark reads them; needs no Spark."""
