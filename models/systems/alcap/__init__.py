"""ALCAP: captions from audio and lyrics, aligned before they are fused."""
