"""The use cases, one module or package each: profile, compare, check, merge, suggest, skew, marks, results."""
