"""The engine: store, intake, buckets and kernels."""
