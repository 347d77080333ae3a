"""The second arithmetic behind `plans/check.py`: it shares nothing with the engines."""
