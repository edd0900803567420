"""From a trace to answers: timelines, who held the loop, where the time went."""
