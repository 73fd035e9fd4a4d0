"""The content of reports: what every renderer shows, gathered once, in the order in which it is shown."""
