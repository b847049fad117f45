"""What realises hosts: Docker Compose or Linux network namespaces, behind one narrow protocol."""
