"""What other tools call: operators, asset checks, experiment runs. A module imports its tool, and no other does."""
