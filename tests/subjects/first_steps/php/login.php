<?php
require 'db.php';
if (isset($_SESSION['loggedin'])) { header('Location: welcome.php'); exit; }
$error = '';
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $username = trim($_POST['username']);
    if (isset($users[$username]) && password_verify($_POST['password'], $users[$username])) {
        session_regenerate_id(true);
        $_SESSION['loggedin'] = true;
        $_SESSION['username'] = $username;
        header('Location: welcome.php');
        exit;
    }
    $error = 'Invalid username or password.';
}
?>
<!DOCTYPE html>
<html><head><title>Login</title></head><body>
<h2>Login</h2>
<p>Please fill in your credentials to login.</p>
<?php if ($error) echo "<div class=\"alert alert-danger\">$error</div>"; ?>
<form action="<?= htmlspecialchars($_SERVER['PHP_SELF']) ?>" method="post">
  <label>Username</label> <input type="text" name="username">
  <label>Password</label> <input type="password" name="password">
  <input type="submit" value="Login">
  <p>Don't have an account? <a href="register.php">Sign up now</a>.</p>
</form>
</body></html>
