"""Ways between scheduler and agents; `monitor.app` chooses one by the scheme of its address."""
