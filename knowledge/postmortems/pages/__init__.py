"""Pages of reviews: the article, what is written in it, the lists. Thin over access and actions."""
