"""Suppliers' rules: minimums, containers and budgets, what they cost and how they are met."""
