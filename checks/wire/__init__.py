"""What goes over the network and comes back: names, TLS, HTTP/1.1, dialogues."""
