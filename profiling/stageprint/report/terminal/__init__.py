"""What a terminal shows: tables, findings and progress, as plain text where the output is no terminal."""
