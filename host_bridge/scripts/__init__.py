"""Scripts that run inside of the hosts; `host_bridge.script_file` copies them there, nothing imports them from here."""
