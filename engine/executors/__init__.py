"""Where buckets are rated: on this process's threads, or on a cluster; the results are the same."""
