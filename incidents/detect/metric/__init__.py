"""Is this number unusual: pure, one idea a file, composed in `detector.py` and `fold.py`."""
