"""The demonstration organisation: loads its people, services, two years of incidents and their reviews."""
