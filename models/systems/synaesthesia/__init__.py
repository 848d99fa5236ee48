"""Music-to-text synaesthesia: sentences about a recording, with the group topology-preservation loss."""
