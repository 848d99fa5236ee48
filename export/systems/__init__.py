"""What of each system becomes which graph; `export.systems.base.plan_of` finds it by the system's name."""
