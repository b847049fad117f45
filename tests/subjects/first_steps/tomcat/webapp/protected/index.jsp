<%
  if (request.getParameter("logoff") != null) {
    session.invalidate();
    response.sendRedirect("index.jsp");
    return;
  }
%>
<html><head><title>Protected Page for Examples</title></head>
<body>
You are logged in as remote user <b><%= request.getRemoteUser() %></b> in session <b><%= session.getId() %></b><br><br>
If you have configured this application for form-based authentication, you can log off by clicking
<a href='<%= response.encodeURL("index.jsp?logoff=true") %>'>here</a>.
This should cause you to be returned to the login page after the redirect that is performed.
</body></html>
