"""Tell: the status page, its feeds and its APIs, and the console operators work in."""
