"""Song titles from audio by an image-captioning network."""
