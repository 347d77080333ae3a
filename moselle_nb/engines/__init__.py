"""Arithmetic on arrays: numpy in, numpy out. It knows no data frame, no configuration, no plan and no widget."""
