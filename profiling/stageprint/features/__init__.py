"""What comparisons need of a profile: distribution functions, label shares, figures of tables, relations."""
