"""The core pack's video encoder learns from the user's own videos and their music (`cuefinder-train viml --pairs`)."""
