"""Music-to-text synaesthesia: a sentence about a recording, with group topology-preservation."""
