"""One column of a record batch, with its sorted values, distinct texts and hashes, each computed once."""
