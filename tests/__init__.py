"""Tests: they mirror the package, plus scenarios, oracles and the browser."""
