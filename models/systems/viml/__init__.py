"""ViML: music for a video, steered by free text."""
