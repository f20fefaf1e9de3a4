"""What `upfront doctor` looks at: the machine and its surroundings, before they surprise."""
