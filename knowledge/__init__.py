"""What incidents teach: post-mortems, articles and the search over them."""
