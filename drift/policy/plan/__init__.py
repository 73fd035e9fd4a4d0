"""Plans: the changes that a migration is meant to make. They are read, matched, previewed and drafted here. Pure."""
