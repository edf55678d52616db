"""From shifts to causes: what most likely happened, where it began, and what it explains."""
