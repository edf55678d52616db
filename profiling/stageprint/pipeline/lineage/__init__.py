"""Reads lineage from where it is kept: OpenLineage events, dbt's manifest, Unity Catalog; matched with the pipeline."""
