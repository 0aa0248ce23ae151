"""What we remember: ids, keys, hashes, states and counts, one table a file. It calls nobody but its own servers."""
