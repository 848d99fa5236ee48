"""The page of models and device: what runs, where, why there, and what else there is."""
