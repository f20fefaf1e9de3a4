"""Pure: what the service knows turned into one frozen value for each page."""
