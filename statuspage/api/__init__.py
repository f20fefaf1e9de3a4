"""What programs read: feeds, the Statuspage API, health; each module ends in ROUTES."""
