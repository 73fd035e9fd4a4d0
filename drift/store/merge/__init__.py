"""Merging stores: read others, number their snapshots anew, and bring their rows into one. Used by `Store.merge`."""
