"""What runs inside a lab of namespaces. Standard library only, and little of it: it has to start in milliseconds."""
