"""Measure: what a check is, how one probe runs, and how its results are judged and rolled up."""
