"""Text: what a file and the layers in it say of themselves, and what stands in for what they lack."""
