"""Made-up histories of bookings, in any number, and the promises that each of them must keep."""
