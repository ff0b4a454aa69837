"""A run over a class: what the commands do, by which processes, on which machines."""
