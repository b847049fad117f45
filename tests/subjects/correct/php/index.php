<?php // PHP's own sessions, with strict mode and a new id at login. A bug is a file that sets some of these functions first.
$passwords = ['alice' => 'pw-a', 'bob' => 'pw-b', 'carol' => 'pw-c'];
$who ??= fn() => $_SESSION['user'] ?? null;
$enter ??= function ($user) { session_regenerate_id(true); $_SESSION = ['user' => $user]; };
$leave ??= function () { $_SESSION = []; session_destroy(); };
$file ??= fn($user) => session_save_path() . "/note-$user";

ini_set('session.use_strict_mode', $strict ?? '1');
session_start();
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$posted = $_SERVER['REQUEST_METHOD'] == 'POST';
$login = '<!doctype html><title>Log in</title><form method="post" action="/login"><label>Name <input name="user"></label>
<label>Password <input type="password" name="password"></label><button>Log in</button></form>';
if ($path == '/login' && !$posted) {
    echo $login;
} elseif ($path == '/login') {
    if (($passwords[$_POST['user']] ?? null) !== $_POST['password']) {
        http_response_code(401);
        echo $login;
    } else {
        $enter($_POST['user']);
        header('Location: /', true, 302);
    }
} elseif ($path == '/note' && $posted && $who()) {
    file_put_contents($file($who()), $_POST['note']);
    header('Location: /', true, 302);
} elseif ($path == '/note') {
    http_response_code(401);
} elseif ($path == '/logout' && $posted) {
    $leave();
    header('Location: /', true, 302);
} elseif ($user = $who()) {
    $note = is_file($file($user)) ? file_get_contents($file($user)) : '';
    echo '<!doctype html><title>Notes</title><p>You are <b id="me">' . htmlspecialchars($user) . '</b>.</p>
<form method="post" action="/note"><input name="note" value="' . htmlspecialchars($note) . '"><button>Keep it</button></form>
<form method="post" action="/logout"><button>Log out</button></form>';
} else {
    echo '<!doctype html><title>Notes</title><p>Nobody is logged in. <a href="/login">Log in</a></p>';
}
