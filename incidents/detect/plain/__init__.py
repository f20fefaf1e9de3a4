"""The plain rule: so many failures among so many results, for checks with `confirm`."""
