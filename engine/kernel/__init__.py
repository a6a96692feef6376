"""The kernel: the loop that rates events under a relief package."""
