"""Parts of the allocation plan: inputs, sharing, edits, explanation, messages and transfers."""
