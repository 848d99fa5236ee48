"""Segment features of video and music, and vectors of text: from checkpoints, from data sets, or computed."""
