<?php
require 'db.php';
$error = '';
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $username = trim($_POST['username']);
    if (!preg_match('/^[a-zA-Z0-9_]+$/', $username)) $error = 'Username can only contain letters, numbers, and underscores.';
    elseif (strlen($_POST['password']) < 6) $error = 'Password must have at least 6 characters.';
    elseif ($_POST['password'] !== $_POST['confirm_password']) $error = 'Password did not match.';
    elseif (isset($users[$username])) $error = 'This username is already taken.';
    else {
        $users[$username] = password_hash($_POST['password'], PASSWORD_DEFAULT);
        file_put_contents($file, json_encode($users));
        header('Location: login.php');
        exit;
    }
}
?>
<!DOCTYPE html>
<html><head><title>Sign Up</title></head><body>
<h2>Sign Up</h2>
<p>Please fill this form to create an account.</p>
<form action="<?= htmlspecialchars($_SERVER['PHP_SELF']) ?>" method="post">
  <label>Username</label> <input type="text" name="username">
  <label>Password</label> <input type="password" name="password">
  <label>Confirm Password</label> <input type="password" name="confirm_password">
  <span class="invalid-feedback"><?= $error ?></span>
  <input type="submit" value="Submit"> <input type="reset" value="Reset">
  <p>Already have an account? <a href="login.php">Login here</a>.</p>
</form>
</body></html>
