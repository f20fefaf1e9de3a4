"""The public pages: each module ends in ROUTES; pages do not know one another."""
