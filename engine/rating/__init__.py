"""Rating a bucket or a month by the kernel: programs made ready, results handed on."""
