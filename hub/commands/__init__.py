"""Commands of `allsky-hub`, one file a subject; `hub.cli` puts them together."""
