"""The hardened reader of workbooks: it refuses a cell that Excel may show otherwise."""
