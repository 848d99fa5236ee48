"""REAPER: its projects as files, and the script through which the running program connects."""
