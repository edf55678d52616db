"""What people see: terminal tables, progress, JSON and the HTML report. Plain data in, text out; no Spark."""
