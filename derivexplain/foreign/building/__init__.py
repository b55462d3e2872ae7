"""Building: how what was found may be built, and what its forward may be given."""
