"""Plug-ins for other tools. Each needs its tool, and is imported only by it."""
