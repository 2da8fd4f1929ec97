"""How maps are drawn: on true hexagons or squares."""
