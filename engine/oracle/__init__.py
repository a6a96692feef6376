"""The oracle: the law of rating again, written to be read. It shares no code with the kernel."""
