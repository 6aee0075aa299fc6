"""Telling staff: notices of what waits for them, sent by the channels they chose. Farmers are told in `conversations`."""
