"""`python -m monitor`: the same as the command `upfront`."""

from monitor.commands import main

if __name__ == "__main__":
    main()
