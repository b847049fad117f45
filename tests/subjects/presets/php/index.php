<?php session_start();
$user = $_SESSION['user'] ?? null;
echo $user ? "<p>Hello, <b>$user</b>. <a href=/logout.php>Log out</a></p>" : '<p><a href=/login.php>Log in</a></p>';
