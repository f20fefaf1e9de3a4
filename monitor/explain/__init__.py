"""The course of the evidence about one check: in the terminal, as a picture, and for scripts."""
