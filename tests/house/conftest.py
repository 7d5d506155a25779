"""The toy pack's own tests run where it has been added to a tree, not here."""

collect_ignore = ["toy"]
