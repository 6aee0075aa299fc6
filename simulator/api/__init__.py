"""The platform's interfaces under /cgi-bin, as the service calls them."""
