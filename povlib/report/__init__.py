"""From numbers to pages: figures, tables and words; exporters; kernels; the batch."""
