"""Pages of the incidents area: the list, the room, and what people do there. Thin over access and actions."""
