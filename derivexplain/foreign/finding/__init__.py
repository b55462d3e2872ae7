"""Finding: the layers in a file, whatever they look like."""
