"""What watches a batch inside the child, in passes of their own."""
