"""The demonstration: a music library and a film of our own, and a page that shows what Cuefinder finds for it."""
