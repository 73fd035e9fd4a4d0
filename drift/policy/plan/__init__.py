"""Plans: which changes a migration is meant to make, read, matched, previewed and drafted."""
