<html><head><title>Front page</title></head><body><a href="protected/index.jsp">The protected page</a></body></html>
