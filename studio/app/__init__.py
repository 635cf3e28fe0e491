"""The studio in a window; the only place that knows Qt and mpv."""
