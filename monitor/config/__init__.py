"""checks.yaml: read, validated, and answered with the place and the mend of every mistake."""
