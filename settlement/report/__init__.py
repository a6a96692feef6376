"""Reports: what a settled period looks like on paper."""
