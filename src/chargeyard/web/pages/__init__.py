"""The pages, one module each: the address, the handler, what it gives to its template."""
