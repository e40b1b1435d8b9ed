"""
A believable clinic to look at: its people, its diary around today, and what everybody was told.

Only for demonstrations: every name, number and address is made up, and nothing leaves the machine.
"""
