"""One Arrow column with its masks, texts and hashes, each computed once."""
