<html><head><title>Error Page For Examples</title></head>
<body>Invalid username and/or password, please try <a href='<%= response.encodeURL("login.jsp") %>'>again</a>.</body></html>
