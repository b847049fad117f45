<?php
session_start();
if (!isset($_SESSION['loggedin'])) { header('Location: login.php'); exit; }
?>
<!DOCTYPE html>
<html><head><title>Welcome</title></head><body>
<h1 class="my-5">Hi, <b><?= htmlspecialchars($_SESSION['username']) ?></b>. Welcome to our site.</h1>
<p><a href="logout.php" class="btn btn-danger ml-3">Sign Out of Your Account</a></p>
</body></html>
