"""How revised texts are written: what the actions of each kind do, one transaction each. They are called by those."""
