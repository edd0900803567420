"""The parent: from options to a filled record."""
