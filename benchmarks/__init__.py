"""Speed, memory and size: how the numbers of the README are made, each by one command."""
