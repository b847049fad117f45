<?php // The manual's way, with php.ini's defaults: session_start(), and no session_regenerate_id().
session_start();
$users = ['alice' => 'pw-alice-1', 'bob' => 'pw-bob-1'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$posted = $_SERVER['REQUEST_METHOD'] == 'POST';
if ($path == '/login' && $posted) {
    if (($users[$_POST['u']] ?? null) === $_POST['p']) $_SESSION['user'] = $_POST['u'];
    header('Location: /');
} elseif ($path == '/login') {
    echo '<form method=post><input name=u><input name=p type=password></form>';
} elseif ($path == '/note') {
    if ($posted) $_SESSION['note'] = $_POST['note'];
    echo 'note=' . htmlspecialchars($_SESSION['note'] ?? '') . ';';
} elseif ($path == '/logout') {
    session_destroy();
    header('Location: /');
} else {
    echo 'user=' . ($_SESSION['user'] ?? 'anonymous') . ';';
}
