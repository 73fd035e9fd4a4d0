"""The content of reports: gathered once for every renderer, in the order in which it is shown. Imports no words."""
