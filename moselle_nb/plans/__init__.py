"""The plan document: configuration, build, edits, explanation, checker, orders and files."""
