"""What every room stands on: arrays, graphs, seeds, units, tables, files, progress."""
