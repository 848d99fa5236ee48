"""DaVinci Resolve: the script through which the running program connects."""
