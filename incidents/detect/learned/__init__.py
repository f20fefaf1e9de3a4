"""The fold that learns what is usual for a check, one idea a file, composed in `fold.py`."""
