"""Replay results through a configuration: which incidents would have opened, and when."""
