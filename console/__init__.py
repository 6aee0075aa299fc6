"""The staff door: pages for experts, coordinators and administrators, and the same as an interface for programs."""
