"""What commands print: values as a person reads them in a terminal, and as JSON for scripts."""
