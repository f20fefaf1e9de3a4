"""The public pages as files that any file server can hand out, once or kept up to date."""
