"""Plans made anew on drawn demand: what they would yield, and what edits and targets are worth."""
