"""Plans as files: written, read, and derived again."""
