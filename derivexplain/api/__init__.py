"""Where content meets machines: one short story a file."""
