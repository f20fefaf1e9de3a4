"""How soon the product's fold tells of a fault: trials, theory, and the tables made of them."""
