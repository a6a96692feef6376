"""Drawings as SVG, of what-ifs, papers and the page: elements, axes, bars, amounts by day."""
