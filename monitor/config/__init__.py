"""checks.yaml: read, validated, and answered with the place and the mend of every mistake."""

from monitor.config.config import LOCAL, Config, Loaded
from monitor.config.issues import Issue
from monitor.config.load import load

__all__ = ["LOCAL", "Config", "Issue", "Loaded", "load"]
