"""The figures of a statement: periods, rows and totals, recognition by the envelope, run ids."""
