"""From a record to answers: no clock, no file, no process."""
