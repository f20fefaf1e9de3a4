"""The demo: the real Upfront on a small simulated shop, with a story told as it happens."""
