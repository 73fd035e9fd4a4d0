"""The tables of a database's shards, compared with each other."""
