"""A second world to judge the detectors in: services with habits, faults, and our own troubles.

Nothing here knows how detection works. A seed gives the same world, byte for byte.

    almanac     time in the world, zones and their clock changes
    shapes      how long servers take
    characters  what a service is like, drawn by chance
    effects     what a span of time does to the probes in it
    happenings  what happened: benign, a fault, or our own trouble
    habits      benign happenings of single services
    troubles    what befalls our probing, and what services share
    faultkinds  the kinds of fault, and what each does
    faults      where faults are placed
    sampling    one probe
    scenario    the whole world of a seed
    stream      planned results in the order in which they arrive
    driving     the world through the product's own replay
    showing     from the event log to what was shown as bad
    scoring     what was shown against the truth
    printing    the score as text
"""
