"""The HTML report: one self-contained file about one run."""
