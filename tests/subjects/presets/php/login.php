<?php session_start();
$users = ['alice' => 'pw-a', 'bob' => 'pw-b'];
if ($_SERVER['REQUEST_METHOD'] == 'POST') {
    if (($users[$_POST['username']] ?? null) === $_POST['password']) {
        session_regenerate_id(true);
        $_SESSION = ['user' => $_POST['username']];
        header('Location: /index.php');
        exit;
    }
    echo '<p class=error>Wrong user or password</p>';
}
echo '<form method=post><input name=username><input type=password name=password><button>Log in</button></form>';
