"""Money: expected payment, projections, their uncertainty, and fee files as CMS publishes them."""
