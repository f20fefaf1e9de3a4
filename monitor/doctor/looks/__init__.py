"""The looks: every module in this folder is one, ending in LOOK."""
