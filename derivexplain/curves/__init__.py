"""What the graph of a real function does: solved for its input, where it breaks, its slopes on either side."""
