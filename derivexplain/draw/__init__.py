"""Pictures: one layout, drawn as SVG and TikZ; small plots."""
