"""Causes of a variance: what the carrier would have done, counted again to the đồng."""
