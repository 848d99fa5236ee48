"""Writing with a decoder: greedy and beam search over any of them."""
