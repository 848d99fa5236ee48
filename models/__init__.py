"""Networks, data, training and evaluation in torch.

This file imports nothing, so that the packs below it can be found without torch.
"""
