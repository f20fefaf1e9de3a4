"""Tell: the status page, its feeds and its APIs."""
